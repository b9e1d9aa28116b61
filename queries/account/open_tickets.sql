-- section: open_tickets
-- title: Tickets open at the end of the period
-- place: 100
-- dimension: sla
-- needs: tickets
-- matched: support
-- shape: table
-- show: customer
-- columns: ticket text "Ticket", priority word "Priority", opened date "Opened", age duration "Open for", state word "State"
-- order: opened, ticket
-- empty: None was open.
-- note: What a ticket is about is not kept here: open it by its number in the helpdesk.
select
  ticket.ticket_id as ticket, ticket.priority, ticket.local_date as opened,
  (epoch_us(asked.end_at) - epoch_us(ticket.created_at)) // 1000000 as age, span.status as state
from asked
join core.ticket on ticket.account_id = asked.account_id
join core.ticket_status_span as span
  on span.ticket_id = ticket.ticket_id and span.from_at < asked.end_at
  and asked.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
where span.status in ('new', 'open', 'pending', 'hold')
