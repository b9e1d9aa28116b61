-- How many requests of a day took how long, in milliseconds of two significant digits.
select day as local_date, latency_ms, cast(sum(requests) as bigint) as requests
from staging.posthog_latency_day
group by day, latency_ms
