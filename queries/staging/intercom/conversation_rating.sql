-- One row per rating asked for: four and five of five are good, no answer is 'offered'.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","conversation_rating":{"rating":"BIGINT","created_at":"BIGINT","updated_at":"BIGINT"}}') as r
  from landing.intercom_conversations
  where has_shape(record, ['$.conversation_rating'], [])
)
select source_name, record_key, extracted_at, batch,
  r.id as rating_id, qualified_id(source_name, r.id) as ticket_id,
  case when r.conversation_rating.rating is null then 'offered' when r.conversation_rating.rating >= 4 then 'good' else 'bad' end
    as score,
  utc_from_epoch(r.conversation_rating.created_at) as created_at,
  utc_from_epoch(coalesce(r.conversation_rating.updated_at, r.conversation_rating.created_at)) as updated_at
from parsed
where r.conversation_rating.created_at is not null
