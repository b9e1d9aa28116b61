-- metric: gross_mrr_churn
-- title: Gross MRR churn
-- team: customer_success
-- dimension: churn
-- kind: outcome
-- unit: percent
-- better: lower
-- guardrail: expansion_mrr
-- needs: billing
-- shape: ratio
-- leads: yes
-- parts: money
-- signal: value
-- definition: MRR lost by churn and contraction divided by MRR at the start of the period, at the opening exchange rate.
--    Expansion never offsets it. Customers are accounts with MRR at the start.
select
  period_id, account_id, account_id as entity_id,
  greatest(opening_minor - closing_constant_minor, 0) as numerator,
  opening_minor as denominator
from marts.account_movement
where is_live_before
