-- One row per company; company_id is the customer's own id for it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","company_id":"VARCHAR","name":"VARCHAR","website":"VARCHAR"}') as r
  from landing.intercom_companies
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as organization_id, r.name as name, nullif(r.company_id, '') as external_id,
  case
    when r.website <> '' then [regexp_replace(lower(r.website), '^(https?://)?(www\.)?([^/:?#]+).*$', '\3')]
    else cast([] as varchar[])
  end as domain_names,
  false as is_deleted
from parsed
where r.id is not null
