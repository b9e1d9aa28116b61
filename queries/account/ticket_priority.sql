-- section: ticket_priority
-- title: Tickets by priority
-- place: 80
-- dimension: sla
-- needs: tickets
-- matched: support
-- shape: table
-- show: customer
-- columns: priority word "Priority", opened count "Opened in the period", solved count "Solved", open count "Open at the end", replies word "First replies in time", solutions word "Solved in time"
-- order: place
-- empty: No ticket in the period.
with opened as (
  select ticket.priority, count(*) as tickets
  from asked
  join core.ticket
    on ticket.account_id = asked.account_id and ticket.local_date >= asked.start_on and ticket.local_date < asked.end_on
  group by ticket.priority
),
solved as (
  select ticket.priority, count(distinct solved.ticket_id) as tickets
  from asked
  join marts.solved_ticket as solved on solved.account_id = asked.account_id and solved.period_id = asked.period_id
  join core.ticket on ticket.ticket_id = solved.ticket_id
  group by ticket.priority
),
standing as (
  select ticket.priority, count(distinct span.ticket_id) as tickets
  from asked
  join core.ticket on ticket.account_id = asked.account_id
  join core.ticket_status_span as span
    on span.ticket_id = ticket.ticket_id and span.from_at < asked.end_at
    and asked.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
  where span.status in ('new', 'open', 'pending', 'hold')
  group by ticket.priority
),
decided as (
  -- by the priority as it was decided
  select
    coalesce(clock.priority, 'normal') as priority,
    count(*) filter (where clock.clock = 'first_reply') as replies,
    count(*) filter (where clock.clock = 'first_reply' and not clock.is_breached) as replies_kept,
    count(*) filter (where clock.clock = 'resolution') as solutions,
    count(*) filter (where clock.clock = 'resolution' and not clock.is_breached) as solutions_kept
  from asked
  join marts.ticket_clock as clock
    on clock.account_id = asked.account_id and clock.decided_on >= asked.start_on and clock.decided_on < asked.end_on
  group by coalesce(clock.priority, 'normal')
)
select
  case priority when 'urgent' then 1 when 'high' then 2 when 'normal' then 3 when 'low' then 4 else 5 end as place,
  priority, coalesce(opened.tickets, 0) as opened, coalesce(solved.tickets, 0) as solved, coalesce(standing.tickets, 0) as open,
  case when decided.replies > 0 then decided.replies_kept || ' of ' || decided.replies end as replies,
  case when decided.solutions > 0 then decided.solutions_kept || ' of ' || decided.solutions end as solutions
from opened
full join solved using (priority)
full join standing using (priority)
full join decided using (priority)
