-- One row per company day and rounded response time: how many requests took it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"day":"VARCHAR","latency_ms":"BIGINT","requests":"BIGINT"}') as r
  from landing.posthog_latency_day
)
select source_name, record_key, extracted_at, batch,
  cast(substr(r.day, 1, 10) as date) as day, r.latency_ms as latency_ms, r.requests as requests
from parsed
