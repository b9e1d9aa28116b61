-- Sessions of a day, those with an error, and the day's slow responses.
select day as local_date, sum(sessions) as sessions, sum(error_sessions) as error_sessions, max(latency_p95_ms) as latency_p95_ms
from staging.posthog_quality_day
group by day
