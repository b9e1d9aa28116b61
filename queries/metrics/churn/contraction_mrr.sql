-- metric: contraction_mrr
-- title: Contraction MRR
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: money
-- better: lower
-- needs: billing
-- shape: sum
-- signal: none
-- definition: Decrease of MRR of accounts that had MRR at both ends of the period, valued at the closing exchange rate.
select period_id, account_id, account_id as entity_id, contraction_minor as value
from marts.account_movement
where contraction_minor <> 0
