-- metric: payment_failure_rate
-- title: Payment failure rate
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: percent
-- better: lower
-- needs: payments
-- shape: proportion
-- signal: value
-- definition: Failed payment attempts divided by all attempts of customers in the period.
select
  period_day.period_id, payment.account_id, payment.charge_id as entity_id,
  case when payment.is_paid then 0 else 1 end as numerator, 1 as denominator
from core.payment
join period_day on period_day.local_date = payment.local_date
