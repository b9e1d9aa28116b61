-- Movements of MRR per account and currency between the two ends of every period, classified in local currency, valued at
-- the closing rate in minor units of the company's currency; fx revalues the opening. Exact by construction:
-- opening + new + reactivation + expansion - contraction - churn + transfer + fx = closing.
-- A currency without a rate has NULL values and is shown apart.
with first_live as (
  select account_id, min(from_at) as first_at from core.subscription_span group by account_id
),
edges as (
  select
    period_id, account_id, currency,
    coalesce(sum(mrr_minor) filter (where edge = 'opening'), 0) as opening_local,
    coalesce(sum(mrr_minor) filter (where edge = 'closing'), 0) as closing_local
  from marts.account_mrr_at
  group by period_id, account_id, currency
),
account as (
  select
    period_id, account_id,
    sum(opening_local) > 0 as is_live_before,
    sum(closing_local) > 0 as is_live_after,
    bool_or(opening_local > 0 and closing_local = 0) and bool_or(opening_local = 0 and closing_local > 0) as is_switching
  from edges
  group by period_id, account_id
),
classified as (
  select
    edges.*,
    case
      when opening_local > 0 and closing_local > opening_local then 'expansion'
      when opening_local > 0 and closing_local > 0 and closing_local < opening_local then 'contraction'
      when opening_local > 0 and closing_local = opening_local then 'unchanged'
      when account.is_switching then 'transfer'
      -- one of several currencies gone, or one more: the account is worth less, or more
      when opening_local > 0 and account.is_live_after then 'contraction'
      when opening_local > 0 then 'churn'
      when account.is_live_before then 'expansion'
      when first_live.first_at >= period.start_at then 'new'
      else 'reactivation'
    end as movement
  from edges
  join period on period.period_id = edges.period_id
  join account on account.period_id = edges.period_id and account.account_id = edges.account_id
  join first_live on first_live.account_id = edges.account_id
),
valued as (
  -- only where every rate that is needed is known
  select
    classified.*,
    case
      when opening_local = 0 then 0
      else divide_half_up(opening_local * opening_rate_e8 * to_units, cast(100000000 as hugeint) * from_units)
    end as opening_minor,
    divide_half_up(opening_local * closing_rate_e8 * to_units, cast(100000000 as hugeint) * from_units) as opening_revalued,
    divide_half_up(closing_local * closing_rate_e8 * to_units, cast(100000000 as hugeint) * from_units) as closing_minor,
    divide_half_up(
      closing_local * coalesce(opening_rate_e8, closing_rate_e8) * to_units, cast(100000000 as hugeint) * from_units
    ) as closing_constant,
    closing_rate_e8 is not null and (opening_local = 0 or opening_rate_e8 is not null) as is_valued
  from classified
  left join marts.rate_at as rate on rate.period_id = classified.period_id and rate.currency = classified.currency
),
switched as (
  -- a change of currency is a transfer as far as both sides balance; the rest is expansion or contraction
  select
    *,
    sum(case when movement = 'transfer' then closing_minor else 0 end) over account_side as gained,
    sum(case when movement = 'transfer' then opening_revalued else 0 end) over account_side as lost,
    sum(case when movement = 'transfer' then closing_minor else 0 end) over so_far
      - case when movement = 'transfer' then closing_minor else 0 end as gained_before,
    sum(case when movement = 'transfer' then opening_revalued else 0 end) over so_far
      - case when movement = 'transfer' then opening_revalued else 0 end as lost_before
  from valued
  where is_valued
  window
    account_side as (partition by period_id, account_id),
    so_far as (partition by period_id, account_id order by currency rows between unbounded preceding and current row)
),
balanced as (
  select
    *,
    case when movement = 'transfer' then greatest(least(closing_minor, least(gained, lost) - gained_before), 0) else 0 end as moved_in,
    case when movement = 'transfer' then greatest(least(opening_revalued, least(gained, lost) - lost_before), 0) else 0 end as moved_out
  from switched
)
select
  period_id, account_id, currency, movement,
  cast(opening_local as bigint) as opening_local,
  cast(closing_local as bigint) as closing_local,
  cast(opening_minor as bigint) as opening_minor,
  cast(case when movement = 'new' then closing_minor else 0 end as bigint) as new_minor,
  cast(case when movement = 'reactivation' then closing_minor else 0 end as bigint) as reactivation_minor,
  cast(case movement
    when 'expansion' then closing_minor - opening_revalued
    when 'transfer' then closing_minor - moved_in
    else 0
  end as bigint) as expansion_minor,
  cast(case movement
    when 'contraction' then opening_revalued - closing_minor
    when 'transfer' then opening_revalued - moved_out
    else 0
  end as bigint) as contraction_minor,
  cast(case when movement = 'churn' then opening_revalued else 0 end as bigint) as churn_minor,
  cast(moved_in - moved_out as bigint) as transfer_minor,
  cast(opening_revalued - opening_minor as bigint) as fx_minor,
  cast(closing_minor as bigint) as closing_minor,
  -- at the constant opening rate, for quotients
  cast(closing_constant as bigint) as closing_constant_minor
from balanced
union all
select
  period_id, account_id, currency, movement, cast(opening_local as bigint), cast(closing_local as bigint),
  null, null, null, null, null, null, null, null, null, null
from valued
where not is_valued
