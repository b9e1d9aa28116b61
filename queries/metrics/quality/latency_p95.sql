-- metric: latency_p95
-- title: Slow responses, 95th percentile (ms)
-- team: product
-- dimension: quality
-- kind: driver
-- unit: number
-- better: lower
-- needs: latency
-- shape: custom
-- signal: value
-- definition: The response time in milliseconds that 95 of 100 requests of the period did not exceed (nearest rank), from counts
--    of requests by response time of two significant digits. Taken over all requests of the period, never averaged over days.
with counted as (
  select period_day.period_id, latency.latency_ms, cast(sum(latency.requests) as bigint) as requests
  from core.latency_day as latency
  join period_day on period_day.local_date = latency.local_date
  group by period_day.period_id, latency.latency_ms
),
ranked as (
  select
    period_id, latency_ms,
    sum(requests) over (
      partition by period_id order by latency_ms rows between unbounded preceding and current row
    ) as requests_up_to,
    sum(requests) over (partition by period_id) as requests
  from counted
)
select
  period_id, 'total' as segment_name, '' as segment_value,
  cast(null as bigint) as numerator, cast(null as bigint) as denominator,
  cast(any_value(requests) as bigint) as n,
  min(latency_ms) filter (where requests_up_to * 100 >= requests * 95) as value
from ranked
group by period_id
