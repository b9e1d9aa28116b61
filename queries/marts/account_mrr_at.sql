-- MRR per account and currency at both ends of every period. An end is a left limit: a span [from, to) is live at the end
-- e iff from < e <= to; what happens at exactly e belongs to the next period.
with edge as (
  select period_id, 'opening' as edge, start_at as since_at, start_on as at_on from period
  union all
  select period_id, 'closing', end_at, end_on from period
)
select
  edge.period_id, edge.edge, edge.at_on, span.account_id, span.currency,
  cast(sum(span.mrr_minor) as bigint) as mrr_minor
from edge
join core.subscription_span as span on span.from_at < edge.since_at and edge.since_at <= span.to_at
group by edge.period_id, edge.edge, edge.at_on, span.account_id, span.currency
