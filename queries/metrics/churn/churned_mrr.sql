-- metric: churned_mrr
-- title: Churned MRR
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: money
-- better: lower
-- needs: billing
-- shape: sum
-- signal: none
-- definition: MRR of accounts that had some at the start of the period and none at its end, valued at the closing exchange
--    rate. It counts when the subscription ended, not when the cancellation was asked for.
select period_id, account_id, account_id as entity_id, churn_minor as value
from marts.account_movement
where churn_minor <> 0
