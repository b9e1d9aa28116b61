-- One row per plan, addon or charge that is sold.
select source_name, record_key, extracted_at, batch,
  json_extract_string(record, '$.item.id') as product_id,
  coalesce(
    nullif(json_extract_string(record, '$.item.external_name'), ''), json_extract_string(record, '$.item.name')
  ) as name
from landing.chargebee_items
