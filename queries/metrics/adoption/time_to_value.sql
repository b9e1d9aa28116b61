-- metric: time_to_value
-- title: Time to value
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: duration
-- better: lower
-- guardrail: activation_rate
-- needs: usage, activation, billing
-- shape: quantile(0.5)
-- signal: none
-- definition: Median time, in whole days, from an account's first paid day to its activation event ([product]
--    activation_event), over accounts whose activation_days ran out in the period and that reached it by then: the same
--    accounts as in the activation rate. Those that did not are counted beside it and have no time. Reached before the first
--    paid day is no time at all.
select
  period_day.period_id, activation.account_id, activation.account_id as entity_id,
  date_diff('day', activation.joined_on, activation.activated_on) * 86400 as value
from marts.account_activation as activation
join period_day on period_day.local_date = activation.judged_on
