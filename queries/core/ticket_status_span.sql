-- How long each ticket was in which status, from its creation on; the last span is open (to_at NULL).
with change as (
  select event.ticket_id, event.event_at as since_at, event.audit_id, event.position, event.status
  from core.source_ticket_event as event
  where event.status is not null
),
start as (
  -- a ticket whose creation event did not name a status began as new
  select ticket.ticket_id, ticket.created_at as since_at, cast(-1 as hugeint) as audit_id, -1 as position, 'new' as status
  from core.ticket
  where not exists (
    select 1 from change where change.ticket_id = ticket.ticket_id and change.since_at <= ticket.created_at
  )
),
ordered as (
  select ticket_id, since_at, status,
    lead(since_at) over (partition by ticket_id order by since_at, audit_id, position) as to_at,
    lag(status) over (partition by ticket_id order by since_at, audit_id, position) as previous_status
  from (select * from change union all select * from start) as changes
  where ticket_id in (select ticket_id from core.ticket)
)
select ticket_id, status, previous_status, since_at as from_at, to_at
from ordered
