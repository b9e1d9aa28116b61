-- metric: reactivation_mrr
-- title: Reactivation MRR
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: money
-- better: higher
-- needs: billing
-- shape: sum
-- signal: none
-- definition: MRR at the end of the period of accounts that had none at its start but had some earlier.
select period_id, account_id, account_id as entity_id, reactivation_minor as value
from marts.account_movement
where reactivation_minor <> 0
