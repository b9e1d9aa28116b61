-- One row per ticket, latest state; deleted ones keep their row with status 'deleted'.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","created_at":"VARCHAR","updated_at":"VARCHAR","status":"VARCHAR","priority":"VARCHAR",
      "type":"VARCHAR","requester_id":"VARCHAR","submitter_id":"VARCHAR","organization_id":"VARCHAR","group_id":"VARCHAR",
      "brand_id":"VARCHAR","tags":["VARCHAR"],"via":{"channel":"VARCHAR"},
      "satisfaction_rating":{"score":"VARCHAR"}}') as r
  from landing.zendesk_tickets
  where has_shape(record, ['$.via', '$.satisfaction_rating'], ['$.tags'])
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as ticket_id,
  utc_from_iso(r.created_at) as created_at,
  utc_from_iso(r.updated_at) as updated_at,
  r.status as status, nullif(r.priority, '') as priority, nullif(r.type, '') as ticket_type,
  qualified_id(source_name, r.requester_id) as requester_id, qualified_id(source_name, r.organization_id) as organization_id,
  qualified_id(source_name, r.group_id) as group_id, qualified_id(source_name, r.brand_id) as brand_id,
  coalesce(r.tags, []) as tags, r.via.channel as channel
from parsed
