-- metric: incidents
-- title: Incidents
-- team: product
-- dimension: quality
-- kind: driver
-- unit: count
-- better: lower
-- needs: incidents
-- shape: distinct
-- signal: value
-- definition: Outages that began in the period, as told to customers; maintenance announced beforehand is not in it.
select period_day.period_id, cast(null as varchar) as account_id, incident.incident_id as entity_id
from core.incident
join period_day on period_day.local_date = incident.local_date
where incident.weight_e2 > 0
