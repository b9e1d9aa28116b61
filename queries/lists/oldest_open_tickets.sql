-- list: oldest_open_tickets
-- title: Oldest open tickets
-- dimension: sla
-- needs: tickets
-- columns: account text "Account", ticket text "Ticket", priority word "Priority", opened date "Opened", age duration "Open for", state word "State"
-- order: opened, ticket
select
  period.period_id, ticket.account_id, coalesce(account.name, '(no account)') as account, ticket.ticket_id as ticket,
  ticket.priority, ticket.local_date as opened,
  (epoch_us(period.end_at) - epoch_us(ticket.created_at)) // 1000000 as age, span.status as state
from period
join core.ticket_status_span as span
  on span.from_at < period.end_at and period.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
join core.ticket on ticket.ticket_id = span.ticket_id
left join core.account on account.account_id = ticket.account_id
where span.status in ('new', 'open', 'pending', 'hold')
