-- One row per promise to a customer with a date.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.commitment_id'), '') as commitment_id,
  nullif(json_extract_string(record, '$.account'), '') as account,
  nullif(json_extract_string(record, '$.kind'), '') as kind,
  cast(nullif(json_extract_string(record, '$.promised_on'), '') as date) as promised_on,
  cast(nullif(json_extract_string(record, '$.due_on'), '') as date) as due_on,
  cast(nullif(json_extract_string(record, '$.delivered_on'), '') as date) as delivered_on
from landing.files_commitments
