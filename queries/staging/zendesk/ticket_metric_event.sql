-- One row per SLA metric event: the source of targets (apply_sla) and the cross-check of clocks.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","ticket_id":"VARCHAR","metric":"VARCHAR","instance_id":"BIGINT","type":"VARCHAR",
      "time":"VARCHAR","deleted":"BOOLEAN","sla":{"target":"BIGINT","target_in_seconds":"BIGINT","minutes":"BIGINT","business_hours":"BOOLEAN",
      "in_business_hours":"BOOLEAN",
      "policy":{"id":"VARCHAR","title":"VARCHAR"}}}') as r
  from landing.zendesk_ticket_metric_events
  where has_shape(record, ['$.sla', '$.sla.policy'], [])
)
select source_name, record_key, extracted_at, batch,
  r.id as metric_event_id, qualified_id(source_name, r.ticket_id) as ticket_id, r.metric as metric, r.instance_id as instance_id, r.type as event_type,
  utc_from_iso(r.time) as event_at,
  -- a breach that a later change of the ticket took back
  coalesce(r.deleted, false) as is_deleted,
  coalesce(r.sla.target_in_seconds, r.sla.target * 60, r.sla.minutes * 60) as target_s,
  coalesce(r.sla.business_hours, r.sla.in_business_hours) as is_business_hours
from parsed
