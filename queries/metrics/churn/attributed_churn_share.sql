-- metric: attributed_churn_share
-- title: Churn with a known reason
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: percent
-- better: higher
-- needs: billing
-- shape: ratio
-- parts: money
-- signal: none
-- definition: Churned MRR for which an owner or the billing system recorded a reason, divided by all churned MRR.
select
  period_id, account_id, account_id as entity_id,
  case when function_name <> 'unattributed' then churn_minor else 0 end as numerator,
  churn_minor as denominator
from marts.churned_account
