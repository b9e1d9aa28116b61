-- One row per known version of a contact: who asks, and for which company (the first of several). Names and addresses are
-- dropped before landing; who answers is told by each message.
with parsed as (
  select source_name, record_key, extracted_at, batch, seq,
    strictly(record, '{"id":"VARCHAR","companies":{"data":[{"id":"VARCHAR"}]}}') as r
  from landing.intercom_contacts
  where has_shape(record, ['$.companies', '$.companies.data[0]'], ['$.companies.data'])
)
select source_name, record_key, extracted_at, batch, seq,
  qualified_id(source_name, r.id) as user_id, 'end-user' as role,
  qualified_id(source_name, r.companies.data[1].id) as organization_id
from parsed
where r.id is not null
