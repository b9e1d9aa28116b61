-- metric: mttr
-- title: Time to repair
-- team: product
-- dimension: quality
-- kind: driver
-- unit: duration
-- better: lower
-- needs: incidents
-- shape: quantile(0.5)
-- signal: none
-- definition: Median time from the start of an outage of critical or major impact to its end, over those that ended in the
--    period. One that goes on is in no figure until it ends.
select
  period.period_id, cast(null as varchar) as account_id, incident.incident_id as entity_id,
  (epoch_us(incident.resolved_at) - epoch_us(incident.started_at)) // 1000000 as value
from core.incident
join period on period.start_at <= incident.resolved_at and incident.resolved_at < period.end_at
where incident.weight_e2 > 0
