-- Stretches of time over which an account's MRR in a currency and its plan stay the same, where they hold an end of a
-- period. Ends are numbered in order of time; the stretch is live at those from first_edge to last_edge. An end is a left
-- limit: a stretch [from, to) is live at the end e iff from < e <= to; what happens at exactly e belongs to the next period.
-- The plan is the product of the account's largest item; items in other currencies are compared at the latest rate.
with bound as (
  select account_id, from_at as bound_at from core.subscription_span
  union
  select account_id, to_at from core.subscription_span
),
stretch as (
  select
    account_id, bound_at as from_at, lead(bound_at) over (partition by account_id order by bound_at) as to_at
  from bound
),
edge as (
  select edge_no, edge_at from marts.period_edge
  union
  select 0, timestamp '0001-01-01'
),
ranged as (
  select stretch.account_id, stretch.from_at, stretch.to_at, opening.edge_no + 1 as first_edge, closing.edge_no as last_edge
  from stretch
  asof join edge as opening on stretch.from_at >= opening.edge_at
  asof join edge as closing on stretch.to_at >= closing.edge_at
  where closing.edge_no > opening.edge_no
),
latest_rate as (
  select
    currency.currency, max_by(rate.rate_e8, rate.rate_on) as rate_e8,
    case currency.digits when 0 then 1 when 2 then 100 else 1000 end as units
  from core.currency
  join core.fx_rate as rate on rate.currency = currency.currency
  group by currency.currency, currency.digits
),
live as (
  select
    ranged.*, span.currency, span.mrr_minor,
    first_value(coalesce(plan.plan, span.product_id, '(none)')) over (
      partition by ranged.account_id, ranged.from_at
      order by coalesce(span.mrr_minor * latest_rate.rate_e8 * 1000 // latest_rate.units, 0) desc, span.mrr_minor desc, span.item_id
    ) as plan
  from ranged
  join core.subscription_span as span
    on span.account_id = ranged.account_id and span.from_at <= ranged.from_at and ranged.to_at <= span.to_at
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
  left join latest_rate on latest_rate.currency = span.currency
)
select
  account_id, currency, from_at, to_at, first_edge, last_edge, plan, cast(sum(mrr_minor) as bigint) as mrr_minor
from live
group by account_id, currency, from_at, to_at, first_edge, last_edge, plan
