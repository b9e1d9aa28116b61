-- When each account first paid, whether it reached the activation event in time, and the day on which that is judged:
-- activation_days later. An event before the first paid day (in a trial) counts as reached on it. Accounts that joined before
-- usage was recorded are left out: what they did then is not known.
with joined as (
  select first.account_id, day.local_date as joined_on
  from (select account_id, min(from_at) as from_at from core.subscription_span group by account_id) as first
  asof join day on first.from_at >= day.start_at
),
reached as (
  select usage.account_id, min(usage.local_date) as reached_on
  from core.usage_day as usage
  cross join setting
  where usage.event = setting.activation_event and usage.account_id is not null
  group by usage.account_id
),
judged as (
  select
    joined.account_id, joined.joined_on,
    cast(joined.joined_on + to_days(cast(setting.activation_days as integer)) as date) as judged_on,
    -- greatest would take no day for the first paid one
    case when reached.reached_on is not null then greatest(joined.joined_on, reached.reached_on) end as reached_on
  from joined
  left join reached on reached.account_id = joined.account_id
  cross join setting
  where joined.joined_on >= (select min(local_date) from core.usage_day)
)
select
  account_id, joined_on, judged_on,
  case when reached_on <= judged_on then reached_on end as activated_on
from judged
