-- metric: bug_tickets_per_100_accounts
-- title: Defect tickets per 100 accounts
-- team: product
-- dimension: quality
-- kind: driver
-- unit: number
-- better: lower
-- needs: tickets, billing, bug_tag
-- shape: ratio
-- at: end
-- signal: value
-- definition: Tickets of paying accounts created in the period and tagged as a defect ([support] bug_tag), times 100, divided
--    by accounts paying at its end.
with defect as (
  select period_day.period_id, ticket.account_id, count(*) as tickets
  from core.ticket
  cross join setting
  join period_day on period_day.local_date = ticket.local_date
  where list_contains(ticket.tags, setting.bug_tag)
  group by period_day.period_id, ticket.account_id
)
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  100 * coalesce(defect.tickets, 0) as numerator, 1 as denominator
from marts.account_movement as movement
left join defect on defect.period_id = movement.period_id and defect.account_id = movement.account_id
where movement.is_live_after
