-- One row per policy, metric and priority.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","title":"VARCHAR","position":"BIGINT","policy_metrics":[{"priority":"VARCHAR",
      "metric":"VARCHAR","target":"BIGINT","target_in_seconds":"BIGINT","business_hours":"BOOLEAN"}]}') as r
  from landing.zendesk_sla_policies
  where has_shape(record, ['$.policy_metrics[0]'], ['$.policy_metrics'])
),
metric as (
  select source_name, record_key, extracted_at, batch, r.id, r.title, r.position, unnest(r.policy_metrics) as m from parsed
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, id) as policy_id, title, position, m.priority as priority, m.metric as metric,
  coalesce(m.target_in_seconds, m.target * 60) as target_s, m.business_hours as is_business_hours
from metric
