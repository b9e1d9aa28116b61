-- metric: tickets_per_100_accounts
-- title: Tickets per 100 accounts
-- team: support
-- dimension: sla
-- kind: driver
-- unit: number
-- better: lower
-- needs: tickets, billing
-- shape: ratio
-- at: end
-- signal: value
-- definition: Tickets of paying accounts created in the period, times 100, divided by accounts paying at its end.
with created as (
  select period_day.period_id, ticket.account_id, count(*) as tickets
  from core.ticket
  join period_day on period_day.local_date = ticket.local_date
  group by period_day.period_id, ticket.account_id
)
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  100 * coalesce(created.tickets, 0) as numerator, 1 as denominator
from marts.account_movement as movement
left join created on created.period_id = movement.period_id and created.account_id = movement.account_id
where movement.is_live_after
