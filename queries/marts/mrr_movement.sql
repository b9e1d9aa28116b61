-- Movements of MRR per account and currency between the two ends of every period, classified in local currency, valued at
-- the closing rate in minor units of the company's currency; fx revalues the opening. Exact by construction:
-- opening + new + reactivation + expansion - contraction - churn + transfer + fx = closing.
-- A currency without a rate has NULL values and is shown apart.
with first_live as (
  select account_id, min(from_at) as first_at from core.subscription_span group by account_id
),
opening as (
  select period_id, account_id, currency, mrr_minor from marts.account_mrr_at where edge = 'opening'
),
closing as (
  select period_id, account_id, currency, mrr_minor from marts.account_mrr_at where edge = 'closing'
),
edges as (
  select
    period_id, account_id, currency,
    coalesce(opening.mrr_minor, 0) as opening_local, coalesce(closing.mrr_minor, 0) as closing_local
  from opening
  full join closing using (period_id, account_id, currency)
),
account as (
  -- accounts that ever paid in several currencies: in others the row is the account
  select
    period_id, account_id,
    sum(opening_local) > 0 as is_live_before,
    sum(closing_local) > 0 as is_live_after,
    bool_or(opening_local > 0 and closing_local = 0) and bool_or(opening_local = 0 and closing_local > 0) as is_switching
  from edges
  where account_id in (select account_id from core.subscription_span group by account_id having count(distinct currency) > 1)
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
  left join account on account.period_id = edges.period_id and account.account_id = edges.account_id
  join first_live on first_live.account_id = edges.account_id
),
rated as (
  -- only where every rate that is needed is known; what is at home needs no arithmetic
  select
    classified.*,
    opening_rate_e8, coalesce(opening_rate_e8, closing_rate_e8) as constant_rate_e8, closing_rate_e8,
    to_units, cast(100000000 as hugeint) * from_units as from_scale,
    classified.currency = setting.currency as is_home,
    closing_rate_e8 is not null and (opening_local = 0 or opening_rate_e8 is not null) as is_valued
  from classified
  cross join setting
  left join marts.rate_at as rate on rate.period_id = classified.period_id and rate.currency = classified.currency
),
valued as (
  select
    *,
    case
      when is_home or opening_local = 0 then opening_local
      else divide_half_up(opening_local * opening_rate_e8 * to_units, from_scale)
    end as opening_minor,
    case
      when is_home or opening_local = 0 then opening_local
      else divide_half_up(opening_local * closing_rate_e8 * to_units, from_scale)
    end as opening_revalued,
    case
      when is_home or closing_local = 0 then closing_local
      else divide_half_up(closing_local * closing_rate_e8 * to_units, from_scale)
    end as closing_minor,
    case
      when is_home or closing_local = 0 then closing_local
      else divide_half_up(closing_local * constant_rate_e8 * to_units, from_scale)
    end as closing_constant
  from rated
),
switched as (
  -- a change of currency is a transfer as far as both sides balance; the rest is expansion or contraction
  select
    period_id, account_id, currency, opening_revalued, closing_minor,
    sum(closing_minor) over account_side as gained,
    sum(opening_revalued) over account_side as lost,
    sum(closing_minor) over so_far - closing_minor as gained_before,
    sum(opening_revalued) over so_far - opening_revalued as lost_before
  from valued
  where is_valued and movement = 'transfer'
  window
    account_side as (partition by period_id, account_id),
    so_far as (partition by period_id, account_id order by currency rows between unbounded preceding and current row)
),
moved as (
  select
    period_id, account_id, currency,
    greatest(least(closing_minor, least(gained, lost) - gained_before), 0) as moved_in,
    greatest(least(opening_revalued, least(gained, lost) - lost_before), 0) as moved_out
  from switched
),
balanced as (
  select valued.*, coalesce(moved.moved_in, 0) as moved_in, coalesce(moved.moved_out, 0) as moved_out
  from valued
  left join moved
    on moved.period_id = valued.period_id and moved.account_id = valued.account_id and moved.currency = valued.currency
)
select
  period_id, account_id, currency, movement,
  opening_local,
  closing_local,
  case when is_valued then cast(opening_minor as bigint) end as opening_minor,
  case when is_valued then cast(case when movement = 'new' then closing_minor else 0 end as bigint) end as new_minor,
  case when is_valued then cast(case when movement = 'reactivation' then closing_minor else 0 end as bigint) end as reactivation_minor,
  case when is_valued then cast(case movement
    when 'expansion' then closing_minor - opening_revalued
    when 'transfer' then closing_minor - moved_in
    else 0
  end as bigint) end as expansion_minor,
  case when is_valued then cast(case movement
    when 'contraction' then opening_revalued - closing_minor
    when 'transfer' then opening_revalued - moved_out
    else 0
  end as bigint) end as contraction_minor,
  case when is_valued then cast(case when movement = 'churn' then opening_revalued else 0 end as bigint) end as churn_minor,
  case when is_valued then cast(moved_in - moved_out as bigint) end as transfer_minor,
  case when is_valued then cast(opening_revalued - opening_minor as bigint) end as fx_minor,
  case when is_valued then cast(closing_minor as bigint) end as closing_minor,
  -- at the constant opening rate, for quotients
  case when is_valued then cast(closing_constant as bigint) end as closing_constant_minor
from balanced
