-- metric: cost_to_serve
-- title: Cost to serve an account
-- team: operations
-- dimension: operations
-- kind: driver
-- unit: money
-- better: lower
-- needs: costs, billing
-- shape: custom
-- sample: all
-- signal: none
-- definition: Costs recorded in costs.csv, each spread evenly over its days, that fall into the period, divided by accounts paying
--    at its end, at the exchange rate of a cost's first day. Unknown for periods beyond the last day up to which every kind of
--    cost shared by all accounts is recorded; a kind that is no longer spent needs a line of 0. In total only: what is shared
--    belongs to no segment.
with recorded as (
  -- each kind up to its last day, where any is shared those alone: what single accounts cost comes and goes
  select account_id is null as is_shared, kind, max(to_on) + 1 as until_on
  from core.cost
  group by account_id is null, kind
),
covered as (
  select period_id, start_on, end_on
  from period
  where end_on <= (
    select min(until_on) from recorded where is_shared or not exists (select 1 from core.cost where account_id is null)
  )
),
spent as (
  select
    covered.period_id,
    cast(sum(divide_half_up(
      cast(cost.amount * 10000 as hugeint) * rate.rate_e8
        * case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end
        * date_diff('day', greatest(cost.from_on, covered.start_on), least(cost.to_on + 1, covered.end_on)),
      cast(1000000000000 as hugeint) * date_diff('day', cost.from_on, cost.to_on + 1)
    )) as hugeint) as cost_minor
  from core.cost
  join covered on cost.from_on < covered.end_on and covered.start_on <= cost.to_on
  join core.fx_rate as rate
    on rate.currency = cost.currency and rate.rate_on <= cost.from_on and cost.from_on < rate.until_on
  cross join setting
  group by covered.period_id
),
served as (
  select movement.period_id, count(distinct movement.account_id) as accounts
  from marts.account_movement as movement
  where movement.is_live_after
  group by movement.period_id
)
select
  served.period_id, 'total' as segment_name, '' as segment_value,
  -- above the line in whole units of the currency
  cast(coalesce(spent.cost_minor, 0) as decimal(30, 0))
    * cast(case setting.currency_digits when 0 then 1 when 2 then 0.01 else 0.001 end as decimal(4, 3)) as numerator,
  served.accounts as denominator, served.accounts as n,
  divide_half_up(coalesce(spent.cost_minor, 0), cast(served.accounts as hugeint)) as value
from served
join covered on covered.period_id = served.period_id
left join spent on spent.period_id = served.period_id
cross join setting
