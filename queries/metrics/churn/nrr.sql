-- metric: nrr
-- title: Net revenue retention
-- team: customer_success
-- dimension: churn
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: grr
-- needs: billing
-- shape: ratio
-- headline: t12m
-- parts: money
-- signal: none
-- definition: MRR at the end of the period of accounts live at its start, divided by their MRR at the start, at the opening
--    exchange rate. New and reactivated accounts are not in it.
select
  period_id, account_id, account_id as entity_id,
  closing_constant_minor as numerator,
  opening_minor as denominator
from marts.account_movement
where is_live_before
