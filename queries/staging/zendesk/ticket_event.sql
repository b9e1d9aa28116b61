-- One row per change inside an audit: comments (public or not) and changes of status and priority. The export lists them as
-- child_events and names a changed field by its key; an audit lists events, with field_name and value. Calls and messages
-- come as comments of their own kind (VoiceComment).
with parsed as (
  select source_name, record_key, extracted_at, batch,
    from_json(record, '{"id":"VARCHAR","ticket_id":"VARCHAR","timestamp":"BIGINT","created_at":"VARCHAR",
      "updater_id":"VARCHAR","author_id":"VARCHAR",
      "child_events":[{"id":"VARCHAR","event_type":"VARCHAR","type":"VARCHAR","public":"BOOLEAN",
      "comment_public":"BOOLEAN","author_id":"VARCHAR","status":"VARCHAR","priority":"VARCHAR","field_name":"VARCHAR",
      "value":"JSON"}],
      "events":[{"id":"VARCHAR","event_type":"VARCHAR","type":"VARCHAR","public":"BOOLEAN",
      "comment_public":"BOOLEAN","author_id":"VARCHAR","status":"VARCHAR","priority":"VARCHAR","field_name":"VARCHAR",
      "value":"JSON"}]}') as r
  from landing.zendesk_ticket_events
),
child as (
  select source_name, record_key, extracted_at, batch, try_cast(r.id as hugeint) as audit_id, r.ticket_id, coalesce(r.updater_id, r.author_id) as updater_id,
    coalesce(utc_from_iso(r.created_at), utc_from_epoch(r.timestamp)) as event_at,
    unnest(coalesce(r.child_events, r.events)) as c,
    generate_subscripts(coalesce(r.child_events, r.events), 1) as position
  from parsed
),
named as (
  select child.*,
    case when coalesce(c.event_type, c.type) like '%Comment' then 'Comment' else coalesce(c.event_type, c.type) end as event_type
  from child
)
select source_name, record_key, extracted_at, batch,
  ticket_id, event_at, audit_id, position,
  coalesce(c.id, record_key || '-' || position) as event_id,
  event_type,
  coalesce(c.author_id, updater_id) as author_id,
  updater_id,
  coalesce(c.public, c.comment_public) as is_public,
  nullif(coalesce(c.status, case when c.field_name = 'status' then json_extract_string(c.value, '$') end), '') as status,
  nullif(coalesce(c.priority, case when c.field_name = 'priority' then json_extract_string(c.value, '$') end), '') as priority
from named
where event_type in ('Comment', 'Create', 'Change')
