-- One row per billing customer, as last seen: a deleted one keeps what was known of it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","created":"BIGINT","name":"VARCHAR","email":"VARCHAR","currency":"VARCHAR",
      "livemode":"BOOLEAN","deleted":"BOOLEAN","metadata":"JSON","discount":"JSON"}') as r
  from landing.stripe_customers
)
select
  source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as customer_id,
  nullif(r.name, '') as name,
  lower(split_part(r.email, '@', 2)) as email_domain,
  upper(r.currency) as currency,
  utc_from_epoch(r.created) as created_at,
  coalesce(r.livemode, true) as is_live,
  nullif(json_extract_string(r.metadata, '$.account_id'), '') as account_hint,
  r.metadata as metadata,
  -- what lowers every invoice of the customer
  case when json_type(r.discount) = 'OBJECT' then r.discount end as discount
from parsed
where not coalesce(r.deleted, false)
