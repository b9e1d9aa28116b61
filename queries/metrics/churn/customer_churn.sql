-- metric: customer_churn
-- title: Customer churn
-- team: customer_success
-- dimension: churn
-- kind: outcome
-- unit: percent
-- better: lower
-- guardrail: arpa
-- needs: billing
-- shape: proportion
-- signal: value
-- definition: Accounts with MRR at the start of the period and none at its end, divided by accounts with MRR at the start.
select
  period_id, account_id, account_id as entity_id,
  case when is_live_after then 0 else 1 end as numerator,
  1 as denominator
from marts.account_movement
where is_live_before
