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
-- definition: Median time from the start of an outage to its end, over outages that ended in the period.
select
  period.period_id, cast(null as varchar) as account_id, incident.incident_id as entity_id,
  date_diff('second', incident.started_at, incident.resolved_at) as value
from core.incident
join period on period.start_at <= incident.resolved_at and incident.resolved_at < period.end_at
where incident.weight_e2 > 0
