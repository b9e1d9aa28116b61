-- section: mrr
-- title: MRR over twelve months
-- place: 30
-- dimension: growth
-- needs: billing
-- shape: trend
-- unit: money
-- show: internal
with began as (
  select min(from_at) as first_at from core.subscription_span
),
unvalued as (
  select distinct movement.period_id
  from marts.mrr_movement as movement
  join asked on asked.account_id = movement.account_id
  where movement.closing_minor is null
)
select
  month.period_id, month.start_on as first_on,
  -- unknown before anything is, and where an exchange rate is missing; nothing paid is nothing
  case when month.end_at > began.first_at and unvalued.period_id is null then coalesce(movement.closing_minor, 0) end as value
from asked
cross join asked_month as month
cross join began
left join unvalued on unvalued.period_id = month.period_id
left join marts.account_movement as movement
  on movement.period_id = month.period_id and movement.account_id = asked.account_id
