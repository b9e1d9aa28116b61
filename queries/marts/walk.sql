-- The money walk of every period, with the customers behind its ends.
select
  period_id,
  cast(sum(opening_minor) as bigint) as opening_minor,
  cast(sum(new_minor) as bigint) as new_minor,
  cast(sum(reactivation_minor) as bigint) as reactivation_minor,
  cast(sum(expansion_minor) as bigint) as expansion_minor,
  cast(sum(contraction_minor) as bigint) as contraction_minor,
  cast(sum(churn_minor) as bigint) as churn_minor,
  cast(sum(transfer_minor) as bigint) as transfer_minor,
  cast(sum(fx_minor) as bigint) as fx_minor,
  cast(sum(closing_minor) as bigint) as closing_minor,
  count(*) filter (where is_live_before) as accounts_opening,
  count(*) filter (where new_minor > 0) as accounts_new,
  count(*) filter (where churn_minor > 0) as accounts_churned,
  count(*) filter (where is_live_after) as accounts_closing
from marts.account_movement
group by period_id
