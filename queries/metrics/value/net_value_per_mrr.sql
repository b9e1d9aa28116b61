-- metric: net_value_per_mrr
-- title: Net value per MRR paid
-- team: customer_success
-- dimension: value
-- kind: outcome
-- unit: number
-- better: higher
-- guardrail: value_coverage
-- needs: outcomes, told_outcomes, billing
-- shape: ratio
-- leads: yes
-- headline: t12m
-- parts: money
-- signal: none
-- definition: Benefits recorded in the period (revenue gained, cost saved, hours at [value] hour_rate) less the MRR paid over it,
--    divided by the MRR paid over it. Only accounts that recorded a benefit in the twelve months before the period's end: of
--    the others nothing is known. Accounts that paid nothing in the period are left out, with their benefits. MRR paid is MRR
--    for the time it was in force, a month being 365/12 days. Read it for twelve months: benefits are recorded now and then,
--    and belong to the day they were recorded.
with reporting as (
  select distinct period.period_id, benefit.account_id
  from marts.benefit as benefit
  join period
    on benefit.recorded_on < period.end_on and benefit.recorded_on >= period.end_on - interval 12 months
  where benefit.value_minor is not null
),
gained as (
  select period_day.period_id, benefit.account_id, sum(benefit.value_minor) as gained_minor
  from marts.benefit as benefit
  join period_day on period_day.local_date = benefit.recorded_on
  group by period_day.period_id, benefit.account_id
),
worth as (
  -- minor units times seconds, by currency
  select
    period.period_id, span.account_id, span.currency,
    sum(
      cast(span.mrr_minor as hugeint)
        * date_diff('second', greatest(span.from_at, period.start_at), least(span.to_at, period.end_at))
    ) as minor_seconds
  from core.subscription_span as span
  join period on span.from_at < period.end_at and period.start_at < span.to_at
  where span.account_id in (select account_id from marts.benefit)
  group by period.period_id, span.account_id, span.currency
),
paid as (
  select
    worth.period_id, worth.account_id,
    sum(divide_half_up(
      worth.minor_seconds * 12 * rate.closing_rate_e8 * rate.to_units,
      cast(365 * 86400 as hugeint) * 100000000 * rate.from_units
    )) as paid_minor
  from worth
  join marts.rate_at as rate on rate.period_id = worth.period_id and rate.currency = worth.currency
  where rate.closing_rate_e8 is not null
  group by worth.period_id, worth.account_id
)
select
  paid.period_id, paid.account_id, paid.account_id as entity_id,
  coalesce(gained.gained_minor, 0) - paid.paid_minor as numerator,
  paid.paid_minor as denominator
from paid
join reporting on reporting.period_id = paid.period_id and reporting.account_id = paid.account_id
left join gained on gained.period_id = paid.period_id and gained.account_id = paid.account_id
where paid.paid_minor > 0
