-- One row per cost of serving customers, first and last day included.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.cost_id'), '') as cost_id,
  cast(nullif(json_extract_string(record, '$.from'), '') as date) as from_on,
  cast(nullif(json_extract_string(record, '$.to'), '') as date) as to_on,
  nullif(json_extract_string(record, '$.kind'), '') as kind,
  cast(nullif(json_extract_string(record, '$.amount'), '') as decimal(18, 4)) as amount,
  nullif(json_extract_string(record, '$.currency'), '') as currency,
  nullif(json_extract_string(record, '$.account'), '') as account
from landing.files_costs
