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
-- signal: none
-- sample: all
-- definition: 1 less the share of the period in outages, overlapping ones counted once, weighted by declared impact (critical
--    100 %, major 30 %, minor none). An outage counts for the part that lies in the period; one that goes on counts until the
--    data were pulled, and so does the period.
with judged as (
  -- what comes after the last pull is neither up nor down
  select period.period_id, period.start_at, least(period.end_at, setting.as_of_at) as until_at
  from period
  cross join setting
  where period.start_at < setting.as_of_at and period.end_at > (select min(started_at) from core.incident)
),
outage as (
  select
    judged.period_id,
    sum(
      (epoch_ms(least(stretch.to_at, judged.until_at)) - epoch_ms(greatest(stretch.from_at, judged.start_at))) * stretch.weight_e2
    ) as lost_e2
  from judged
  join marts.incident_interval as stretch on stretch.from_at < judged.until_at and stretch.to_at > judged.start_at
  group by judged.period_id
)
select
  judged.period_id, cast(null as varchar) as account_id, judged.period_id as entity_id,
  100 * (epoch_ms(judged.until_at) - epoch_ms(judged.start_at)) - coalesce(outage.lost_e2, 0) as numerator,
  100 * (epoch_ms(judged.until_at) - epoch_ms(judged.start_at)) as denominator
from judged
left join outage on outage.period_id = judged.period_id
