-- metric: paying_accounts
-- title: Paying accounts
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: count
-- better: higher
-- needs: billing
-- shape: distinct
-- at: end
-- signal: none
-- definition: Accounts with MRR above zero at the end of the period.
select period_id, account_id, account_id as entity_id
from marts.account_movement
where is_live_after
