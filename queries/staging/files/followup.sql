-- One row per time somebody got back to an account that had scored low.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.account'), '') as account,
  nullif(trim(json_extract_string(record, '$.followed_up_at')), '') as followed_up_at,
  nullif(json_extract_string(record, '$.author'), '') as author
from landing.files_followups
