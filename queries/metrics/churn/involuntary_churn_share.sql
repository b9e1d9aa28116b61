-- metric: involuntary_churn_share
-- title: Involuntary share of churn
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: percent
-- better: lower
-- needs: billing
-- shape: ratio
-- parts: money
-- signal: none
-- definition: Churned MRR whose reason is a failed or disputed payment, divided by all churned MRR.
select
  period_id, account_id, account_id as entity_id,
  case when reason in ('payment_failed', 'payment_disputed') then churn_minor else 0 end as numerator,
  churn_minor as denominator
from marts.churned_account
