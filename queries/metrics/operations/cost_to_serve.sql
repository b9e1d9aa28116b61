-- metric: cost_to_serve
-- title: Cost to serve an account
-- team: operations
-- dimension: operations
-- kind: driver
-- unit: money
-- better: lower
-- needs: costs, billing
-- shape: ratio
-- at: end
-- sample: all
-- signal: none
-- definition: Costs recorded in costs.csv, each spread evenly over its days, that fall into the period, divided by accounts paying
--    at its end, at the exchange rate of a cost's first day. Unknown for periods that reach beyond the recorded costs. In a
--    segment only costs recorded for an account of it.
with covered as (
  select period_id, start_on, end_on
  from period
  where end_on <= (select max(to_on) + 1 from core.cost)
)
select
  covered.period_id, cost.account_id, cost.cost_id as entity_id,
  divide_half_up(
    cast(cost.amount * 10000 as hugeint) * rate.rate_e8
      * case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end
      * date_diff('day', greatest(cost.from_on, covered.start_on), least(cost.to_on + 1, covered.end_on)),
    cast(1000000000000 as hugeint) * date_diff('day', cost.from_on, cost.to_on + 1)
  ) as numerator,
  0 as denominator
from core.cost
join covered on cost.from_on < covered.end_on and covered.start_on <= cost.to_on
join core.fx_rate as rate
  on rate.currency = cost.currency and rate.rate_on <= cost.from_on and cost.from_on < rate.until_on
cross join setting
union all
select movement.period_id, movement.account_id, movement.account_id, 0, 1
from marts.account_movement as movement
join covered on covered.period_id = movement.period_id
where movement.is_live_after
