-- metric: early_churn
-- title: Gone within 90 days
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: percent
-- better: lower
-- needs: billing
-- shape: proportion
-- signal: none
-- definition: Accounts without MRR 90 days after the day they first had any, divided by accounts for which that day came in the
--    period. Each account is decided once, on that day: who leaves later, or comes back later, changes nothing.
with first_paid as (
  select account_id, min(from_at) as first_at from core.subscription_span group by account_id
),
decided as (
  select first_paid.account_id, ninetieth.local_date, ninetieth.start_at as decided_at
  from first_paid
  asof join day on first_paid.first_at >= day.start_at
  join day as ninetieth on ninetieth.local_date = day.local_date + 90
  cross join setting
  where ninetieth.start_at <= setting.as_of_at
),
kept as (
  select distinct decided.account_id
  from decided
  join core.subscription_span as span
    on span.account_id = decided.account_id and span.from_at < decided.decided_at and decided.decided_at <= span.to_at
)
select
  period_day.period_id, decided.account_id, decided.account_id as entity_id,
  case when kept.account_id is null then 1 else 0 end as numerator,
  1 as denominator
from decided
join period_day on period_day.local_date = decided.local_date
left join kept on kept.account_id = decided.account_id
