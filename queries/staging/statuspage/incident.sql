-- One row per incident. Scheduled maintenance is marked by its impact or its scheduled_for. One that is over without saying
-- since when (entered afterwards) ended with the update that says so: it must not count as open. Nor did it begin after the first
-- thing that was told of it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","name":"VARCHAR","status":"VARCHAR","impact":"VARCHAR","created_at":"VARCHAR",
      "updated_at":"VARCHAR","started_at":"VARCHAR","resolved_at":"VARCHAR","scheduled_for":"VARCHAR",
      "incident_updates":[{"status":"VARCHAR","display_at":"VARCHAR","created_at":"VARCHAR"}]}') as r
  from landing.statuspage_incidents
  where has_shape(record, ['$.incident_updates[0]'], ['$.incident_updates'])
),
ended as (
  select *,
    list_filter(r.incident_updates, lambda u: u.status in ('resolved', 'completed'))[1] as closing
  from parsed
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as incident_id, r.name as name, r.status as status, coalesce(r.impact, 'none') as impact,
  coalesce(
    utc_from_iso(r.started_at),
    least(
      utc_from_iso(r.created_at),
      list_min(list_transform(r.incident_updates, lambda u: coalesce(utc_from_iso(u.display_at), utc_from_iso(u.created_at))))
    )
  ) as started_at,
  coalesce(
    utc_from_iso(r.resolved_at),
    case when r.status in ('resolved', 'completed', 'postmortem') then coalesce(
      utc_from_iso(closing.display_at), utc_from_iso(closing.created_at),
      utc_from_iso(r.updated_at)
    ) end
  ) as resolved_at,
  coalesce(nullif(r.scheduled_for, '') is not null or r.impact = 'maintenance', false) as is_maintenance
from ended
where r.id is not null
