-- metric: arr
-- title: ARR
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: money
-- better: higher
-- needs: billing
-- shape: level
-- signal: none
-- definition: Twelve times MRR at the end of the period: a run rate, not a forecast.
select period_id, account_id, account_id as entity_id, 12 * closing_minor as value
from marts.account_movement
where closing_minor <> 0
