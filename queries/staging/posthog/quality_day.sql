-- One row per company day: sessions, sessions with an error, response times.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"day":"VARCHAR","sessions":"BIGINT","error_sessions":"BIGINT","latency_p95":"DOUBLE"}') as r
  from landing.posthog_quality_day
)
select source_name, record_key, extracted_at, batch,
  cast(substr(r.day, 1, 10) as date) as day, r.sessions as sessions, r.error_sessions as error_sessions,
  -- a quantile of nothing may come as NaN
  case when isfinite(r.latency_p95) then r.latency_p95 end as latency_p95_ms
from parsed
