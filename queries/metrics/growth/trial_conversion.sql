-- metric: trial_conversion
-- title: Trials converted
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: percent
-- better: higher
-- needs: billing, trials
-- shape: proportion
-- signal: none
-- definition: Trials that turned into MRR within a day of their end, divided by trials that ended in the period, at their term or
--    before. A trial cancelled before its end counts when it ended; none counts until the day after its end is over. Who pays
--    later is a new customer, not a conversion.
with trial as (
  select
    source_name, subscription_id, account_id,
    case when ended_at < trial_end_at then ended_at else trial_end_at end as decided_at
  from core.subscription
  where trial_end_at is not null
),
decided as (
  select trial.*, day.local_date
  from trial
  asof join day on trial.decided_at >= day.start_at
  cross join setting
  where trial.decided_at + interval 1 day <= setting.as_of_at
),
converted as (
  -- billing takes a moment to make a trial a paid subscription
  select distinct decided.source_name, decided.subscription_id
  from decided
  join core.subscription_span as span
    on span.source_name = decided.source_name and span.subscription_id = decided.subscription_id
    and span.from_at < decided.decided_at + interval 1 day and decided.decided_at < span.to_at
)
select
  period_day.period_id, decided.account_id, decided.subscription_id as entity_id,
  case when converted.subscription_id is null then 0 else 1 end as numerator,
  1 as denominator
from decided
join period_day on period_day.local_date = decided.local_date
left join converted
  on converted.source_name = decided.source_name and converted.subscription_id = decided.subscription_id
