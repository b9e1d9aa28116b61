-- One row per product: its name is the plan.
select source_name, record_key, extracted_at, batch,
  json_extract_string(record, '$.id') as product_id,
  json_extract_string(record, '$.name') as name
from landing.stripe_products
where coalesce(json_extract_string(record, '$.deleted'), 'false') <> 'true'
