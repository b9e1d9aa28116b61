-- metric: net_mrr_churn
-- title: Net MRR churn
-- team: customer_success
-- dimension: churn
-- kind: outcome
-- unit: percent
-- better: lower
-- needs: billing
-- shape: ratio
-- parts: money
-- signal: none
-- definition: Churn and contraction less expansion, divided by MRR at the start of the period (1 - NRR). Negative when
--    expansion outweighs losses; reactivation is not in it.
select
  period_id, account_id, account_id as entity_id,
  opening_minor - closing_constant_minor as numerator,
  opening_minor as denominator
from marts.account_movement
where is_live_before
