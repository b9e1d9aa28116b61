-- Requests per day and response time in milliseconds, rounded to two significant digits: from counts like these the slow end of
-- any stretch of days can be told, which no quantile per day allows.
select
    day,
    latency_ms,
    requests
from (
    select
        toDate(toTimeZone(timestamp, '{timezone}')) as day,
        toInt(multiIf(
            toFloat(properties.`{latency_property}`) < 99.5, floor(toFloat(properties.`{latency_property}`) + 0.5),
            toFloat(properties.`{latency_property}`) < 995, floor(toFloat(properties.`{latency_property}`) / 10 + 0.5) * 10,
            toFloat(properties.`{latency_property}`) < 9950, floor(toFloat(properties.`{latency_property}`) / 100 + 0.5) * 100,
            toFloat(properties.`{latency_property}`) < 99500, floor(toFloat(properties.`{latency_property}`) / 1000 + 0.5) * 1000,
            floor(toFloat(properties.`{latency_property}`) / 10000 + 0.5) * 10000
        )) as latency_ms,
        count() as requests
    from events
    where toFloat(properties.`{latency_property}`) >= 0
        and timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    group by day, latency_ms
)
where {keyset}
order by day, latency_ms
limit {limit}
