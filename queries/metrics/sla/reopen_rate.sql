-- metric: reopen_rate
-- title: Reopened tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: lower
-- needs: tickets
-- shape: proportion
-- signal: value
-- definition: Times a solved ticket was opened again in the period, at most once a ticket, divided by tickets solved in the
--    period.
with solved as (
  select distinct period_day.period_id, span.ticket_id
  from core.ticket_status_span as span
  asof join day on span.from_at >= day.start_at
  join period_day on period_day.local_date = day.local_date
  where span.status = 'solved'
),
reopened as (
  select distinct period_day.period_id, span.ticket_id
  from core.ticket_status_span as span
  asof join day on span.from_at >= day.start_at
  join period_day on period_day.local_date = day.local_date
  where span.previous_status = 'solved' and span.status in ('new', 'open', 'pending', 'hold')
)
select
  solved.period_id, ticket.account_id, solved.ticket_id as entity_id,
  case when reopened.ticket_id is null then 0 else 1 end as numerator, 1 as denominator
from solved
join core.ticket on ticket.ticket_id = solved.ticket_id
left join reopened on reopened.period_id = solved.period_id and reopened.ticket_id = solved.ticket_id
