-- One row per rating; 'offered' ones are unanswered.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","ticket_id":"VARCHAR","score":"VARCHAR","created_at":"VARCHAR","updated_at":"VARCHAR"}') as r
  from landing.zendesk_satisfaction_ratings
  where record_key is not null
)
select source_name, record_key, extracted_at, batch,
  r.id as rating_id, qualified_id(source_name, r.ticket_id) as ticket_id, lower(r.score) as score, utc_from_iso(r.created_at) as created_at,
  utc_from_iso(r.updated_at) as updated_at
from parsed
