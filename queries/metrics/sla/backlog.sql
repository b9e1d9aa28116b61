-- metric: backlog
-- title: Open tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: count
-- better: lower
-- needs: tickets
-- shape: distinct
-- at: end
-- signal: none
-- definition: Tickets new, open, pending or on hold at the end of the period.
select period.period_id, ticket.account_id, ticket.ticket_id as entity_id
from period
join core.ticket_status_span as span
  on span.from_at < period.end_at and period.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
join core.ticket on ticket.ticket_id = span.ticket_id
where span.status in ('new', 'open', 'pending', 'hold')
