-- list: incidents
-- title: Incidents
-- dimension: quality
-- needs: incidents
-- columns: name text "Incident", impact word "Impact", started date "Day", lasted duration "Lasted"
-- order: started, name
select
  period_day.period_id, cast(null as varchar) as account_id, incident.name, incident.impact, incident.local_date as started,
  date_diff('second', incident.started_at, incident.resolved_at) as lasted
from core.incident
join period_day on period_day.local_date = incident.local_date
