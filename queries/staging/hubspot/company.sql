-- One row per company of the CRM. Its account is named by a property; its properties, with the name of its owner, are
-- segments an account can have.
with parsed as (
  select source_name, record_key, extracted_at, batch, json_extract(record, '$.properties') as properties,
    json_extract_string(record, '$.id') as company_id
  from landing.hubspot_companies
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, company_id) as company_id,
  nullif(json_extract_string(properties, '$.name'), '') as name,
  regexp_replace(lower(nullif(json_extract_string(properties, '$.domain'), '')), '^www\.', '') as domain,
  coalesce(
    nullif(json_extract_string(properties, '$.account_id'), ''), nullif(json_extract_string(properties, '$.billing_customer_id'), '')
  ) as account_hint,
  nullif(json_extract_string(properties, '$.hubspot_owner_id'), '') as owner_id,
  properties
from parsed
where company_id is not null
