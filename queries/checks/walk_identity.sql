-- check: walk_identity
-- title: Opening MRR plus movements does not give closing MRR
-- severity: withhold
-- dimensions: growth, churn
with standing as (
  -- closing MRR by another route: straight from the spans, account by account and currency by currency
  select period.period_id, span.currency, sum(span.mrr_minor) as closing_local
  from period
  join core.subscription_span as span on span.from_at < period.end_at and period.end_at <= span.to_at
  group by period.period_id, span.currency
),
walked as (
  select
    period_id, currency,
    sum(closing_local) as closing_local,
    sum(opening_minor + new_minor + reactivation_minor + expansion_minor - contraction_minor - churn_minor
      + transfer_minor + fx_minor) as walked_minor,
    sum(closing_minor) as closing_minor
  from marts.mrr_movement
  group by period_id, currency
)
select
  coalesce(walked.period_id, standing.period_id) as period, coalesce(walked.currency, standing.currency) as currency,
  walked.walked_minor, walked.closing_minor, walked.closing_local, standing.closing_local as standing_local
from walked
full join standing on standing.period_id = walked.period_id and standing.currency = walked.currency
where walked.walked_minor <> walked.closing_minor
  or coalesce(walked.closing_local, 0) <> coalesce(standing.closing_local, 0)
