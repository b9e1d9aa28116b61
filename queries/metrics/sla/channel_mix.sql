-- metric: channel_mix
-- title: Tickets by channel
-- team: support
-- dimension: sla
-- kind: driver
-- unit: count
-- better: neutral
-- needs: tickets
-- shape: split(channel)
-- signal: none
-- definition: Tickets created in the period, in all and by the channel they came through, as the helpdesk names it.
select period_day.period_id, ticket.account_id, ticket.ticket_id as entity_id, ticket.channel as category
from core.ticket
join period_day on period_day.local_date = ticket.local_date
