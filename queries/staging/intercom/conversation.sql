-- One row per conversation, latest state. It has no organisation: its contact has. How it was begun (customer_initiated,
-- admin_initiated, …) is a tag beside its own. Snoozed is pending: it waits for the customer, whose answer ends it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","created_at":"BIGINT","updated_at":"BIGINT","state":"VARCHAR","priority":"VARCHAR",
      "team_assignee_id":"VARCHAR","source":{"type":"VARCHAR","delivered_as":"VARCHAR"},
      "contacts":{"contacts":[{"id":"VARCHAR"}]},"tags":{"tags":[{"name":"VARCHAR"}]}}') as r
  from landing.intercom_conversations
  where has_shape(record, ['$.source', '$.contacts', '$.contacts.contacts[0]', '$.tags', '$.tags.tags[0]'], ['$.contacts.contacts', '$.tags.tags'])
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as ticket_id,
  utc_from_epoch(r.created_at) as created_at,
  utc_from_epoch(r.updated_at) as updated_at,
  case r.state when 'closed' then 'solved' when 'snoozed' then 'pending' else 'open' end as status,
  case r.priority when 'priority' then 'high' else 'normal' end as priority,
  cast(null as varchar) as ticket_type,
  qualified_id(source_name, r.contacts.contacts[1].id) as requester_id,
  cast(null as varchar) as organization_id,
  qualified_id(source_name, nullif(r.team_assignee_id, '0')) as group_id,
  cast(null as varchar) as brand_id,
  list_concat(
    list_transform(coalesce(r.tags.tags, []), lambda tag: tag.name),
    case when r.source.delivered_as is null then [] else [r.source.delivered_as] end
  ) as tags,
  r.source.type as channel
from parsed
where r.id is not null
