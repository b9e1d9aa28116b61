-- Outages customers saw. weight_e2: the share of the service that was down, in hundredths, by declared impact.
select
  incident.incident_id, incident.name, incident.impact, incident.started_at, incident.resolved_at, day.local_date,
  case incident.impact when 'critical' then 100 when 'major' then 50 when 'minor' then 10 else 0 end as weight_e2
from staging.statuspage_incident as incident
asof join day on incident.started_at >= day.start_at
where not incident.is_maintenance
