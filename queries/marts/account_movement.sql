-- Movements per account in the company's currency: one row per account that had MRR at either end of a period.
-- The constant columns are at the opening rate: quotients do not move with exchange rates.
select
  period_id, account_id,
  cast(sum(opening_minor) as bigint) as opening_minor,
  cast(sum(new_minor) as bigint) as new_minor,
  cast(sum(reactivation_minor) as bigint) as reactivation_minor,
  cast(sum(expansion_minor) as bigint) as expansion_minor,
  cast(sum(contraction_minor) as bigint) as contraction_minor,
  cast(sum(churn_minor) as bigint) as churn_minor,
  cast(sum(transfer_minor) as bigint) as transfer_minor,
  cast(sum(fx_minor) as bigint) as fx_minor,
  cast(sum(closing_minor) as bigint) as closing_minor,
  cast(sum(closing_constant_minor) as bigint) as closing_constant_minor,
  sum(opening_local) > 0 as is_live_before,
  sum(closing_local) > 0 as is_live_after
from marts.mrr_movement
where closing_minor is not null
group by period_id, account_id
