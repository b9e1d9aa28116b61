-- metric: uptime
-- title: Uptime
-- team: product
-- dimension: quality
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: incidents
-- needs: incidents
-- shape: ratio
-- signal: value
-- sample: all
-- definition: 1 less the share of the period in outages, overlapping ones counted once, weighted by declared impact (critical
--    100 %, major 50 %, minor 10 %).
with outage as (
  select
    period.period_id,
    sum(
      date_diff('second', greatest(stretch.from_at, period.start_at), least(stretch.to_at, period.end_at)) * stretch.weight_e2
    ) as lost_e2
  from period
  join marts.incident_interval as stretch on stretch.from_at < period.end_at and stretch.to_at > period.start_at
  group by period.period_id
)
select
  period.period_id, cast(null as varchar) as account_id, period.period_id as entity_id,
  100 * date_diff('second', period.start_at, period.end_at) - coalesce(outage.lost_e2, 0) as numerator,
  100 * date_diff('second', period.start_at, period.end_at) as denominator
from period
left join outage on outage.period_id = period.period_id
where period.end_at > (select min(started_at) from core.incident)
