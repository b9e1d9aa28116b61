-- One row per reason an owner recorded for a churned account.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.account'), '') as account,
  cast(nullif(json_extract_string(record, '$.churned_on'), '') as date) as churned_on,
  nullif(json_extract_string(record, '$.reason'), '') as reason,
  nullif(json_extract_string(record, '$.author'), '') as author
from landing.files_churn_reasons
