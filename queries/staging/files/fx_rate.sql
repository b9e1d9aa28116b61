-- One row per rate: company currency for 1 unit, in force from its day on.
select source_name, record_key, extracted_at, batch,
  cast(nullif(json_extract_string(record, '$.date'), '') as date) as rate_on,
  nullif(json_extract_string(record, '$.currency'), '') as currency,
  cast(nullif(json_extract_string(record, '$.rate'), '') as decimal(18, 8)) as rate
from landing.files_fx_rate
