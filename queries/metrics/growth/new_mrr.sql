-- metric: new_mrr
-- title: New MRR
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: money
-- better: higher
-- needs: billing
-- shape: sum
-- signal: value
-- definition: MRR at the end of the period of accounts that never had any before. An account that came and went inside the
--    period is not in it.
select period_id, account_id, account_id as entity_id, new_minor as value
from marts.account_movement
where new_minor <> 0
