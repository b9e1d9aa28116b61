-- One row per product group: an account as the product knows it.
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, json_extract_string(record, '$.group_key')) as group_key,
  json_extract_string(record, '$.group_properties.name') as name
from landing.posthog_groups
