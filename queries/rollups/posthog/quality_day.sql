-- Sessions per day, those with an error, and the slow end of the durations people felt.
select
    day,
    sessions,
    error_sessions,
    latency_p95
from (
    select
        toDate(toTimeZone(timestamp, '{timezone}')) as day,
        uniqIf(properties.$session_id, notEmpty(toString(properties.$session_id))) as sessions,
        uniqIf(properties.$session_id, event = '$exception' and notEmpty(toString(properties.$session_id))) as error_sessions,
        quantileIf(0.95)(toFloat(properties.`{latency_property}`), isNotNull(properties.`{latency_property}`)) as latency_p95
    from events
    where timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    group by day
)
where {keyset}
order by day
limit {limit}
