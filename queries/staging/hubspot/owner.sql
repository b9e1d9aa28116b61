-- One row per person who looks after companies, those who have left (archived) too.
with listed as (
  select * from landing.hubspot_owners
  union all
  select * from landing.hubspot_archived_owners
)
select source_name, record_key, extracted_at, batch,
  json_extract_string(record, '$.id') as owner_id,
  nullif(trim(concat_ws(' ', json_extract_string(record, '$.firstName'), json_extract_string(record, '$.lastName'))), '') as name
from listed
