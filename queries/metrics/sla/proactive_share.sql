-- metric: proactive_share
-- title: Proactive tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: higher
-- needs: tickets, proactive_tag
-- shape: proportion
-- signal: none
-- definition: Tickets created in the period that the company opened before the customer had to ask, as its tag says ([support]
--    proactive_tag), divided by tickets created in the period.
select
  period_day.period_id, ticket.account_id, ticket.ticket_id as entity_id,
  case when list_contains(ticket.tags, setting.proactive_tag) then 1 else 0 end as numerator, 1 as denominator
from core.ticket
cross join setting
join period_day on period_day.local_date = ticket.local_date
