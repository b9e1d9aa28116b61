-- One row per comment (public or a note), change of state and assignment to a team, from a conversation's parts; its first
-- message is its source. A part that closes, opens, snoozes or assigns carries a reply too where it has a text: that lands hashed.
-- What landed without it has the conversation's first and last replies only. A part's kind says which state it brings, else the
-- state it was made in stays.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","created_at":"BIGINT","source":{"author":{"type":"VARCHAR","id":"VARCHAR"}},
      "statistics":{"first_admin_reply_at":"BIGINT","last_admin_reply_at":"BIGINT"},
      "conversation_parts":{"conversation_parts":[{"id":"VARCHAR","part_type":"VARCHAR","state":"VARCHAR","body":"VARCHAR",
        "created_at":"BIGINT","author":{"type":"VARCHAR","id":"VARCHAR"},"assigned_to":{"type":"VARCHAR","id":"VARCHAR"}}]}}') as r
  from landing.intercom_conversation_parts
  where has_shape(record, ['$.source', '$.source.author', '$.statistics', '$.conversation_parts', '$.conversation_parts.conversation_parts[0]'], ['$.conversation_parts.conversation_parts'])
),
part as (
  select source_name, record_key, extracted_at, batch, r.id as ticket_id,
    [r.statistics.first_admin_reply_at, r.statistics.last_admin_reply_at] as replied,
    unnest(r.conversation_parts.conversation_parts) as p
  from parsed
),
step as (
  select source_name, record_key, extracted_at, batch, r.id as ticket_id,
    cast(0 as hugeint) as audit_id, 'source' as part_type, cast(null as varchar) as body, false as is_timed, utc_from_epoch(r.created_at) as event_at,
    r.source.author.type as author_type, r.source.author.id as author_id, 'open' as status, cast(null as varchar) as group_id
  from parsed
  union all
  select source_name, record_key, extracted_at, batch, ticket_id,
    coalesce(cast(p.id as hugeint), 0), p.part_type, nullif(p.body, ''),
    p.author.type = 'admin' and coalesce(list_contains(replied, p.created_at), false), utc_from_epoch(p.created_at),
    p.author.type, p.author.id,
    case
      when p.part_type = 'close' then 'solved'
      when p.part_type = 'snoozed' then 'pending'
      when p.part_type in (
        'open', 'unsnoozed', 'unsnooze', 'timer_unsnooze', 'assign_and_reopen', 'assign_and_unsnooze', 'note_and_reopen'
      ) then 'open'
      when p.state = 'closed' then 'solved'
      when p.state = 'snoozed' then 'pending'
      when p.state = 'open' then 'open'
    end,
    case when p.assigned_to.type = 'team' then p.assigned_to.id end
  from part
),
followed as (
  select *,
    last_value(status ignore nulls) over (
      partition by source_name, ticket_id order by event_at, audit_id rows between unbounded preceding and 1 preceding
    ) as previous_status,
    count(*) filter (where part_type = 'comment' or body is not null)
      over (partition by source_name, ticket_id, author_id, event_at) as comments,
    -- the same text twice is one reply
    count(*) filter (where part_type = 'comment')
      over (partition by source_name, ticket_id, author_id, event_at, body) as same_comments
  from step
),
told as (
  select *, 0 as position, 'Comment' as event_type from followed
  where part_type in ('source', 'comment', 'note', 'note_and_reopen')
    or (
      part_type in ('close', 'open', 'assignment', 'snoozed', 'unsnoozed', 'assign_and_reopen', 'assign_and_unsnooze')
      and case when body is null then is_timed and comments = 0 else same_comments = 0 end
    )
  union all
  select *, 1, case when part_type = 'source' then 'Create' else 'Change' end from followed
  where status is distinct from previous_status and status is not null
  union all
  select *, 2, 'Change' from followed where group_id is not null
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, ticket_id) as ticket_id, event_at, audit_id, position,
  qualified_id(source_name, ticket_id || '-' || audit_id || '-' || position) as event_id,
  event_type,
  qualified_id(source_name, author_id) as author_id,
  qualified_id(source_name, author_id) as updater_id,
  case
    when author_type = 'bot' then 'bot'
    when author_type in ('admin', 'team') then 'agent'
    else 'requester'
  end as author_kind,
  case when event_type = 'Comment' then part_type not like 'note%' end as is_public,
  case when position = 1 then status end as status,
  cast(null as varchar) as priority,
  qualified_id(source_name, case when position = 2 then group_id end) as group_id,
  cast(null as varchar) as brand_id,
  cast(null as varchar) as organization_id,
  cast(null as varchar[]) as tags,
  case when position = 1 then previous_status end as previous_value
from told
