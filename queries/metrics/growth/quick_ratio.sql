-- metric: quick_ratio
-- title: Quick ratio
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: number
-- better: higher
-- needs: billing
-- shape: ratio
-- parts: money
-- signal: none
-- definition: New, expansion and reactivation MRR divided by churned and contracted MRR. Unknown in a period without any loss.
select
  period_id, account_id, account_id as entity_id,
  new_minor + expansion_minor + reactivation_minor as numerator,
  churn_minor + contraction_minor as denominator
from marts.account_movement
where is_live_before or is_live_after
