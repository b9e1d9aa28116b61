-- metric: mrr_vs_plan
-- title: MRR against plan
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: percent
-- better: higher
-- needs: billing, mrr_plan
-- shape: custom
-- parts: money
-- sample: all
-- signal: none
-- definition: MRR of all customers at the end of the period, divided by the MRR planned for then: the latest line of
--    targets.csv for the metric mrr that begins before the period's end. A plan is held as planned, whatever the exchange rates.
with planned as (
  select period.period_id, max_by(target.target, target.from_on) as target
  from period
  join core.target on target.metric = 'mrr' and target.segment in ('', 'total') and target.from_on < period.end_on
  group by period.period_id
),
closing as (
  select period_id, sum(closing_minor) as closing_minor, count(*) as accounts
  from marts.account_movement
  where is_live_after
  group by period_id
),
compared as (
  select
    closing.period_id, closing.accounts, cast(closing.closing_minor as hugeint) as closing_minor,
    cast(planned.target * case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end as hugeint) as planned_minor
  from closing
  join planned on planned.period_id = closing.period_id
  cross join setting
  where planned.target > 0
)
select
  period_id, 'total' as segment_name, '' as segment_value,
  closing_minor as numerator, planned_minor as denominator, accounts as n,
  cast(divide_half_up(closing_minor * 1000000000000, planned_minor) as decimal(24, 0)) * cast(0.000000000001 as decimal(13, 12))
    as value
from compared
