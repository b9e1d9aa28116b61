-- metric: expansion_mrr
-- title: Expansion MRR
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: money
-- better: higher
-- needs: billing
-- shape: sum
-- signal: none
-- definition: Increase of MRR of accounts that had MRR at both ends of the period, valued at the closing exchange rate.
select period_id, account_id, account_id as entity_id, expansion_minor as value
from marts.account_movement
where expansion_minor <> 0
