-- One row per organisation.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","name":"VARCHAR","external_id":"VARCHAR","domain_names":["VARCHAR"],
      "deleted_at":"VARCHAR"}') as r
  from landing.zendesk_organizations
  where has_shape(record, [], ['$.domain_names'])
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as organization_id, r.name as name, nullif(r.external_id, '') as external_id,
  coalesce(r.domain_names, []) as domain_names, r.deleted_at is not null as is_deleted
from parsed
