-- One row per value of a segment that the company gave an account, from a day on.
select source_name, record_key, extracted_at, batch, seq as line,
  nullif(json_extract_string(record, '$.account'), '') as account,
  nullif(json_extract_string(record, '$.name'), '') as name,
  nullif(trim(json_extract_string(record, '$.value')), '') as value,
  cast(nullif(json_extract_string(record, '$.valid_from'), '') as date) as valid_from
from landing.files_segments
