-- One row per billing customer, as last seen: a deleted one keeps what was known of it. Custom fields (cf_…) and meta_data
-- are its metadata.
with parsed as (
  select source_name, record_key, extracted_at, batch, json_extract(record, '$.customer') as customer,
    strictly(json_extract(record, '$.customer'), '{"id":"VARCHAR","created_at":"BIGINT","company":"VARCHAR","email":"VARCHAR",
      "preferred_currency_code":"VARCHAR","deleted":"BOOLEAN","meta_data":"JSON"}') as r
  from landing.chargebee_customers
),
described as (
  select *,
    json_merge_patch(
      cast(to_json(map_from_entries(list_transform(
        list_filter(json_keys(customer), lambda name: starts_with(name, 'cf_')),
        lambda name: {'name': name, 'value': json_extract_string(customer, '$."' || name || '"')}
      ))) as json),
      case when json_type(r.meta_data) = 'OBJECT' then r.meta_data else json('{}') end
    ) as metadata
  from parsed
)
select
  source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as customer_id,
  nullif(r.company, '') as name,
  lower(split_part(r.email, '@', 2)) as email_domain,
  upper(r.preferred_currency_code) as currency,
  utc_from_epoch(r.created_at) as created_at,
  true as is_live,
  nullif(coalesce(json_extract_string(metadata, '$.account_id'), json_extract_string(metadata, '$.cf_account_id')), '')
    as account_hint,
  metadata
from described
where not coalesce(r.deleted, false)
