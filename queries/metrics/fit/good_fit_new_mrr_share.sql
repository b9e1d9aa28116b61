-- metric: good_fit_new_mrr_share
-- title: New MRR from good-fit customers
-- team: sales
-- dimension: fit
-- kind: driver
-- unit: percent
-- better: higher
-- guardrail: new_mrr
-- needs: billing, fit
-- shape: ratio
-- parts: money
-- signal: none
-- definition: New MRR of accounts that match the company's profile ([fit] criteria and threshold), divided by all new MRR. The
--    profile is taken when an account begins to pay.
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  case when fit.is_good_fit then movement.new_minor else 0 end as numerator,
  movement.new_minor as denominator
from marts.account_movement as movement
left join marts.account_fit as fit on fit.account_id = movement.account_id
where movement.new_minor > 0
