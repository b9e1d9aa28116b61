-- metric: scheduled_churn_mrr
-- title: Scheduled churn
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: money
-- better: lower
-- needs: billing
-- shape: level
-- signal: none
-- history: latest
-- definition: MRR at the end of the latest period of subscriptions that are set to end and have not ended yet. Only the latest
--    period is known: schedules of the past are not kept.
select
  period.period_id, span.account_id, span.subscription_id as entity_id,
  case
    when subscription.scheduled_end_at is not null and subscription.ended_at is null then divide_half_up(
      span.mrr_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units
    )
    else 0
  end as value
from period
cross join setting
join core.subscription_span as span on span.from_at < period.end_at and period.end_at <= span.to_at
join core.subscription
  on subscription.source_name = span.source_name and subscription.subscription_id = span.subscription_id
join marts.rate_at as rate on rate.period_id = period.period_id and rate.currency = span.currency
where rate.closing_rate_e8 is not null
  -- the last complete period when the data were pulled
  and period.end_at <= setting.as_of_at
  and setting.as_of_at < period.end_at + (period.end_at - period.start_at)
