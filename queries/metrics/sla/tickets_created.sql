-- metric: tickets_created
-- title: Tickets created
-- team: support
-- dimension: sla
-- kind: driver
-- unit: count
-- better: neutral
-- needs: tickets
-- shape: distinct
-- signal: none
-- definition: Tickets created in the period, deleted ones left out.
select period_day.period_id, ticket.account_id, ticket.ticket_id as entity_id
from core.ticket
join period_day on period_day.local_date = ticket.local_date
