-- metric: arpa
-- title: MRR per account
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: money
-- better: higher
-- guardrail: paying_accounts
-- needs: billing
-- shape: ratio
-- at: end
-- signal: none
-- definition: MRR at the end of the period, at its opening exchange rate, divided by paying accounts.
select
  period_id, account_id, account_id as entity_id,
  closing_constant_minor as numerator, 1 as denominator
from marts.account_movement
where is_live_after
