-- Incidents customers were told of. weight_e2: the share of the service that counts as down, in hundredths, by declared
-- impact: critical 100, major 30 (as status pages weigh a major and a partial outage), minor 0.
select
  incident.incident_id, incident.name, incident.impact, incident.started_at, incident.resolved_at, day.local_date,
  case incident.impact when 'critical' then 100 when 'major' then 30 else 0 end as weight_e2
from core.source_incident as incident
asof join day on incident.started_at >= day.start_at
where not incident.is_maintenance and incident.impact <> 'none'
