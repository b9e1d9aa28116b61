-- The plan (product of the largest item) of each live account at both ends of every period.
with edge as (
  select period_id, 'opening' as edge, start_at as since_at from period
  union all
  select period_id, 'closing', end_at from period
),
ranked as (
  select
    edge.period_id, edge.edge, span.account_id, coalesce(plan.plan, span.product_id, '(none)') as plan,
    row_number() over (
      partition by edge.period_id, edge.edge, span.account_id order by span.mrr_minor desc, span.item_id
    ) as size_rank
  from edge
  join core.subscription_span as span on span.from_at < edge.since_at and edge.since_at <= span.to_at
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
)
select period_id, edge, account_id, plan from ranked where size_rank = 1
