-- metric: active_accounts
-- title: Active accounts
-- team: product
-- dimension: adoption
-- kind: outcome
-- unit: count
-- better: higher
-- guardrail: error_free_sessions
-- needs: usage
-- shape: distinct
-- signal: change
-- definition: Accounts in which someone did at least one meaningful thing in the period ([product] meaningful_events). Logging
--    in is not enough, and being active is not the same as getting value.
select distinct period_day.period_id, active.account_id, active.account_id as entity_id
from (select distinct account_id, local_date from marts.account_active_day) as active
join period_day on period_day.local_date = active.local_date
