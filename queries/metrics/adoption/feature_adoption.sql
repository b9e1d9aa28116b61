-- metric: feature_adoption
-- title: Feature adoption
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: percent
-- better: higher
-- needs: usage, features
-- shape: proportion
-- signal: value
-- definition: Active accounts that used one of the followed features ([product] features) in the period, divided by active
--    accounts.
with active as (
  select distinct period_day.period_id, active_day.account_id
  from (select distinct account_id, local_date from marts.account_active_day) as active_day
  join period_day on period_day.local_date = active_day.local_date
),
adopter as (
  select distinct period_day.period_id, usage.account_id
  from (
    select distinct usage.account_id, usage.local_date
    from core.usage_day as usage
    cross join setting
    where list_contains(setting.feature_events, usage.event)
  ) as usage
  join period_day on period_day.local_date = usage.local_date
)
select
  active.period_id, active.account_id, active.account_id as entity_id,
  case when adopter.account_id is null then 0 else 1 end as numerator, 1 as denominator
from active
left join adopter on adopter.period_id = active.period_id and adopter.account_id = active.account_id
