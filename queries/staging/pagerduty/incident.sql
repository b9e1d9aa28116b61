-- One row per incident that people were paged for, with the company's own day it began on. Its priority says its impact
-- (P1, SEV-1: critical; P2, SEV-2: major); without one nobody knows what customers felt of it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","title":"VARCHAR","status":"VARCHAR","urgency":"VARCHAR","created_at":"VARCHAR",
      "resolved_at":"VARCHAR","last_status_change_at":"VARCHAR","priority":{"summary":"VARCHAR","name":"VARCHAR"}}') as r
  from landing.pagerduty_incidents
  where has_shape(record, ['$.priority'], [])
),
ranked as (
  select *, regexp_extract(upper(coalesce(r.priority.summary, r.priority.name)), '^(?:P|SEV)[ -]?0*([0-9]+)', 1) as rank
  from parsed
)
select source_name, record_key, extracted_at, batch,
  cast(substr(r.created_at, 1, 10) as date) as day,
  qualified_id(source_name, r.id) as incident_id, r.title as name, r.status as status,
  case
    when rank in ('0', '1') then 'critical'
    when rank = '2' then 'major'
    when coalesce(rank, '') = '' and r.urgency = 'low' then 'none'
    else 'minor'
  end as impact,
  utc_from_iso(r.created_at) as started_at,
  coalesce(
    utc_from_iso(r.resolved_at), case when r.status = 'resolved' then utc_from_iso(r.last_status_change_at) end
  ) as resolved_at,
  false as is_maintenance
from ranked
where r.id is not null
