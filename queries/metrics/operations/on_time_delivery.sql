-- metric: on_time_delivery
-- title: On-time delivery
-- team: operations
-- dimension: operations
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: invoice_accuracy
-- needs: commitments
-- shape: proportion
-- signal: value
-- definition: Promises to customers due in the period and delivered by the day promised, divided by all due in the period.
--    What is not delivered is not on time.
select
  period_day.period_id, commitment.account_id, commitment.commitment_id as entity_id,
  case when commitment.delivered_on <= commitment.due_on then 1 else 0 end as numerator, 1 as denominator
from core.commitment
join period_day on period_day.local_date = commitment.due_on
