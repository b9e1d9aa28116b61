-- How often each survey was shown per day and account.
select
    day,
    survey_id,
    account,
    shown
from (
    select
        toDate(toTimeZone(timestamp, '{timezone}')) as day,
        toString(properties.$survey_id) as survey_id,
        toString(coalesce({whose_event}, '')) as account,
        count() as shown
    from events
    where event = 'survey shown'
        and notEmpty(toString(properties.$survey_id))
        and timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    group by day, survey_id, account
)
where {keyset}
order by day, survey_id, account
limit {limit}
