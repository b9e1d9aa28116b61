-- metric: good_fit_account_share
-- title: Customers that fit
-- team: sales
-- dimension: fit
-- kind: driver
-- unit: percent
-- better: higher
-- needs: billing, fit
-- shape: proportion
-- leads: yes
-- at: end
-- signal: none
-- definition: Paying accounts that matched the company's profile ([fit] criteria and threshold) when they began to pay, divided by
--    accounts paying at the end of the period.
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  case when fit.is_good_fit then 1 else 0 end as numerator,
  1 as denominator
from marts.account_movement as movement
left join marts.account_fit as fit on fit.account_id = movement.account_id
where movement.is_live_after
