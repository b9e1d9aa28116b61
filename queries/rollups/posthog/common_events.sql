-- The commonest events of the last weeks, with the accounts in which they were seen: what first contact proposes meaningful ones of.
select
    event as event,
    count() as events,
    uniqIf($group_{group_type_index}, notEmpty(toString($group_{group_type_index}))) as accounts,
    (
        select uniqIf($group_{group_type_index}, notEmpty(toString($group_{group_type_index})))
        from events
        where timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
            and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
    ) as all_accounts
from events
where timestamp >= toDateTime('{from} 00:00:00', '{timezone}')
    and timestamp < toDateTime('{to} 00:00:00', '{timezone}')
group by event
order by accounts desc, events desc, event
limit 30
