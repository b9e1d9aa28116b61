-- metric: activation_rate
-- title: Activation rate
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: percent
-- better: higher
-- needs: usage, activation, billing
-- shape: proportion
-- signal: none
-- definition: Accounts that reached the activation event ([product] activation_event) within activation_days of their first
--    paid day, divided by accounts whose time to do so ran out in the period. An account the product does not know has not
--    reached it.
select
  period_day.period_id, activation.account_id, activation.account_id as entity_id,
  case when activation.activated_on is null then 0 else 1 end as numerator, 1 as denominator
from marts.account_activation as activation
join period_day on period_day.local_date = activation.judged_on
