-- Events per day, account, person and event, in the company's days. HogQL: runs in the product analytics, page by page.
select
    day,
    account,
    person,
    event,
    events
from (
    select
        toDate(toTimeZone(timestamp, '{timezone}')) as day,
        toString(coalesce({whose_event}, '')) as account,
        toString(person_id) as person,
        event as event,
        count() as events
    from events
    where timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
        and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    group by day, account, person, event
)
where {keyset}
order by day, account, person, event
limit {limit}
