-- One row per answered survey; free text stays where it is. A survey may be sent after every question: the events of one
-- submission are one answer, on the day of its first. Newer libraries name a response by the id of its question, older ones by
-- its place, which getSurveyResponse knows.
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
        if(
            notEmpty(toString(properties.$survey_submission_id)), toString(properties.$survey_submission_id), toString(uuid)
        ) as id,
        toDate(toTimeZone(min(timestamp), '{timezone}')) as day,
        any(toString(properties.$survey_id)) as survey_id,
        any(toString(person_id)) as person,
        argMax(toString(coalesce({whose_event}, '')), timestamp) as account,
        argMax(toFloat(getSurveyResponse({survey_question})), timestamp) as score,
        min(timestamp) as answered_at
    from events
    where event = 'survey sent'
        and timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    group by id
)
where {keyset}
order by day, id
limit {limit}
