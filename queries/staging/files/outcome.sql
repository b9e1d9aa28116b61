-- One row per benefit a customer reported: revenue gained, cost saved, hours saved.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.outcome_id'), '') as outcome_id,
  nullif(json_extract_string(record, '$.account'), '') as account,
  cast(nullif(json_extract_string(record, '$.recorded_on'), '') as date) as recorded_on,
  nullif(json_extract_string(record, '$.kind'), '') as kind,
  cast(nullif(json_extract_string(record, '$.amount'), '') as decimal(18, 4)) as amount,
  nullif(json_extract_string(record, '$.currency'), '') as currency
from landing.files_outcomes
