-- One row per answered survey; free text stays where it is.
select
    id,
    day,
    survey_id,
    person,
    account,
    score,
    answered_at
from (
    select
        toString(uuid) as id,
        toDate(toTimeZone(timestamp, '{timezone}')) as day,
        toString(properties.$survey_id) as survey_id,
        toString(person_id) as person,
        toString(coalesce($group_{group_type_index}, '')) as account,
        toFloat(properties.$survey_response) as score,
        timestamp as answered_at
    from events
    where event = 'survey sent'
        and timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
)
where {keyset}
order by day, id
limit {limit}
