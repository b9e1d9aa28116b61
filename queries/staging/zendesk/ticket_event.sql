-- One row per change inside an audit: comments (public or not) and changes of status and priority.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    from_json(record, '{"id":"VARCHAR","ticket_id":"VARCHAR","timestamp":"BIGINT","created_at":"VARCHAR",
      "updater_id":"VARCHAR","child_events":[{"id":"VARCHAR","event_type":"VARCHAR","type":"VARCHAR","public":"BOOLEAN",
      "comment_public":"BOOLEAN","comment_present":"BOOLEAN","author_id":"VARCHAR","status":"VARCHAR","priority":"VARCHAR",
      "field_name":"VARCHAR","value":"JSON","previous_value":"JSON"}]}') as r
  from landing.zendesk_ticket_events
),
child as (
  select source_name, record_key, extracted_at, batch, r.ticket_id, r.updater_id,
    coalesce(utc_from_iso(r.created_at), utc_from_epoch(r.timestamp)) as event_at,
    unnest(r.child_events) as c,
    generate_subscripts(r.child_events, 1) as position
  from parsed
)
select source_name, record_key, extracted_at, batch,
  ticket_id, event_at, position,
  coalesce(c.id, record_key || '-' || position) as event_id,
  coalesce(c.event_type, c.type) as event_type,
  coalesce(c.author_id, updater_id) as author_id,
  updater_id,
  coalesce(c.public, c.comment_public) as is_public,
  coalesce(c.status, case when c.field_name = 'status' then json_extract_string(c.value, '$') end) as status,
  coalesce(c.priority, case when c.field_name = 'priority' then json_extract_string(c.value, '$') end) as priority
from child
where c.event_type in ('Comment', 'Create', 'Change') or c.type in ('Comment', 'Create', 'Change')
