-- One row per incident. Scheduled maintenance is marked by its impact or its scheduled_for.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    from_json(record, '{"id":"VARCHAR","name":"VARCHAR","status":"VARCHAR","impact":"VARCHAR","created_at":"VARCHAR",
      "started_at":"VARCHAR","resolved_at":"VARCHAR","scheduled_for":"VARCHAR"}') as r
  from landing.statuspage_incidents
)
select source_name, record_key, extracted_at, batch,
  r.id as incident_id, r.name as name, r.status as status, coalesce(r.impact, 'none') as impact,
  utc_from_iso(coalesce(r.started_at, r.created_at)) as started_at,
  utc_from_iso(r.resolved_at) as resolved_at,
  r.scheduled_for is not null or r.impact = 'maintenance' as is_maintenance
from parsed
where r.id is not null
