-- One row per known version of a user: the role tells agents from requesters. Names and addresses are dropped before landing.
with parsed as (
  select source_name, record_key, extracted_at, batch, seq,
    strictly(record, '{"id":"VARCHAR","role":"VARCHAR","organization_id":"VARCHAR"}') as r
  from landing.zendesk_users
  where record_key is not null
)
select source_name, record_key, extracted_at, batch, seq,
  qualified_id(source_name, r.id) as user_id, r.role as role,
  qualified_id(source_name, r.organization_id) as organization_id
from parsed
