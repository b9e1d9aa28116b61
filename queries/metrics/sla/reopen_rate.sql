-- metric: reopen_rate
-- title: Reopened tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: lower
-- needs: tickets
-- shape: ratio
-- signal: value
-- definition: Times a solved ticket was opened again in the period, divided by the times a ticket was solved in it.
select
  period_day.period_id, ticket.account_id, span.ticket_id as entity_id,
  case when span.status = 'solved' then 0 else 1 end as numerator,
  case when span.status = 'solved' then 1 else 0 end as denominator
from core.ticket_status_span as span
join core.ticket on ticket.ticket_id = span.ticket_id
asof join day on span.from_at >= day.start_at
join period_day on period_day.local_date = day.local_date
where span.status = 'solved'
  or (span.previous_status = 'solved' and span.status in ('new', 'open', 'pending', 'hold'))
