-- One row per change inside an audit: comments (public or not) and changes of status, priority, group, brand, organisation
-- and tags. The export lists them as child_events and names a changed field by its key; an audit lists events, with
-- field_name and value. Calls and messages come as comments of their own kind (VoiceComment).
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","ticket_id":"VARCHAR","timestamp":"BIGINT","created_at":"VARCHAR",
      "updater_id":"VARCHAR","author_id":"VARCHAR",
      "child_events":[{"id":"VARCHAR","event_type":"VARCHAR","type":"VARCHAR","public":"BOOLEAN",
      "comment_public":"BOOLEAN","author_id":"VARCHAR","status":"VARCHAR","priority":"VARCHAR","group_id":"VARCHAR",
      "brand_id":"VARCHAR","organization_id":"VARCHAR","tags":"JSON","field_name":"VARCHAR","value":"JSON",
      "previous_value":"JSON"}],
      "events":[{"id":"VARCHAR","event_type":"VARCHAR","type":"VARCHAR","public":"BOOLEAN",
      "comment_public":"BOOLEAN","author_id":"VARCHAR","status":"VARCHAR","priority":"VARCHAR","group_id":"VARCHAR",
      "brand_id":"VARCHAR","organization_id":"VARCHAR","tags":"JSON","field_name":"VARCHAR","value":"JSON",
      "previous_value":"JSON"}]}') as r
  from landing.zendesk_ticket_events
  where has_shape(record, ['$.child_events[0]', '$.events[0]'], ['$.child_events', '$.events'])
),
child as (
  select source_name, record_key, extracted_at, batch, cast(r.id as hugeint) as audit_id, r.ticket_id, coalesce(r.updater_id, r.author_id) as updater_id,
    coalesce(utc_from_iso(r.created_at), utc_from_epoch(r.timestamp)) as event_at,
    unnest(coalesce(r.child_events, r.events)) as c,
    generate_subscripts(coalesce(r.child_events, r.events), 1) as position
  from parsed
),
named as (
  select child.*,
    case when coalesce(c.event_type, c.type) like '%Comment' then 'Comment' else coalesce(c.event_type, c.type) end as event_type
  from child
),
field as (
  select named.*,
    nullif(coalesce(c.status, case when c.field_name = 'status' then json_extract_string(c.value, '$') end), '') as status,
    nullif(coalesce(c.priority, case when c.field_name = 'priority' then json_extract_string(c.value, '$') end), '') as priority,
    nullif(coalesce(c.group_id, case when c.field_name = 'group_id' then json_extract_string(c.value, '$') end), '') as group_id,
    nullif(coalesce(c.brand_id, case when c.field_name = 'brand_id' then json_extract_string(c.value, '$') end), '') as brand_id,
    nullif(coalesce(c.organization_id, case when c.field_name = 'organization_id' then json_extract_string(c.value, '$') end), '')
      as organization_id,
    -- what it was before, of the one field that changed
    nullif(json_extract_string(c.previous_value, '$'), '') as previous_value
  from named
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, ticket_id) as ticket_id, event_at, audit_id, position,
  qualified_id(source_name, coalesce(c.id, record_key || '-' || position)) as event_id,
  event_type,
  qualified_id(source_name, coalesce(c.author_id, updater_id)) as author_id,
  qualified_id(source_name, updater_id) as updater_id,
  coalesce(c.public, c.comment_public) as is_public,
  status,
  priority,
  qualified_id(source_name, group_id) as group_id,
  qualified_id(source_name, brand_id) as brand_id,
  qualified_id(source_name, organization_id) as organization_id,
  cast(coalesce(c.tags, case when c.field_name = 'tags' then c.value end) as varchar[]) as tags,
  case
    when coalesce(group_id, brand_id, organization_id) is not null then qualified_id(source_name, previous_value)
    else previous_value
  end as previous_value
from field
where event_type in ('Comment', 'Create', 'Change')
