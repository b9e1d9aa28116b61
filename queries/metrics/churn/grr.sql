-- metric: grr
-- title: Gross revenue retention
-- team: customer_success
-- dimension: churn
-- kind: outcome
-- unit: percent
-- better: higher
-- needs: billing
-- shape: ratio
-- headline: t12m
-- parts: money
-- signal: none
-- definition: MRR kept from accounts live at the start of the period, each counted at most at its opening MRR, divided by
--    their opening MRR (1 - gross MRR churn).
select
  period_id, account_id, account_id as entity_id,
  least(opening_minor, closing_constant_minor) as numerator,
  opening_minor as denominator
from marts.account_movement
where is_live_before
