-- metric: value_coverage
-- title: Customers whose benefit is known
-- team: customer_success
-- dimension: value
-- kind: driver
-- unit: percent
-- better: higher
-- needs: outcomes, billing
-- shape: ratio
-- at: end
-- parts: money
-- signal: none
-- definition: MRR at the end of the period of accounts with at least one recorded benefit so far, divided by all MRR, at the
--    opening exchange rate.
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  case when exists (
    select 1 from core.outcome where outcome.account_id = movement.account_id and outcome.recorded_on < period.end_on
  ) then movement.closing_constant_minor else 0 end as numerator,
  movement.closing_constant_minor as denominator
from marts.account_movement as movement
join period on period.period_id = movement.period_id
where movement.is_live_after
