-- metric: net_new_mrr
-- title: Net new MRR
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: money
-- better: higher
-- needs: billing
-- shape: sum
-- signal: none
-- definition: New, reactivation and expansion less contraction and churn, plus changes of currency, between the two ends of
--    the period. Exchange rates are not in it. It may hide churn behind growth: read it beside gross MRR churn.
select
  period_id, account_id, account_id as entity_id,
  new_minor + reactivation_minor + expansion_minor - contraction_minor - churn_minor + transfer_minor as value
from marts.account_movement
where is_live_before or is_live_after
