-- metric: activation_rate
-- title: Activation rate
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: percent
-- better: higher
-- needs: usage, activation, billing
-- shape: proportion
-- signal: none
-- definition: Accounts that reached the activation event ([product] activation_event) within activation_days of their first
--    paid day, divided by accounts whose time to do so ran out in the period.
with joined as (
  select first.account_id, day.local_date as joined_on
  from (select account_id, min(from_at) as from_at from core.subscription_span group by account_id) as first
  asof join day on first.from_at >= day.start_at
),
judged as (
  select
    joined.account_id, joined.joined_on,
    cast(joined.joined_on + to_days(cast(setting.activation_days as integer)) as date) as judged_on
  from joined
  cross join setting
)
select
  period_day.period_id, judged.account_id, judged.account_id as entity_id,
  case when exists (
    select 1 from core.usage_day as usage
    cross join setting
    where usage.account_id = judged.account_id and usage.event = setting.activation_event
      and usage.local_date <= judged.judged_on
  ) then 1 else 0 end as numerator,
  1 as denominator
from judged
join period_day on period_day.local_date = judged.judged_on
where judged.joined_on >= (select min(local_date) from core.usage_day)
