-- metric: regression_share
-- title: Defects that had worked before
-- team: product
-- dimension: quality
-- kind: driver
-- unit: percent
-- better: lower
-- needs: tickets, bug_tag, regression_tag
-- shape: proportion
-- signal: none
-- definition: Tickets created in the period, tagged as a defect ([support] bug_tag) and as something that had worked before
--    ([support] regression_tag), divided by all tagged as a defect. Strangers' tickets count.
select
  period_day.period_id, ticket.account_id, ticket.ticket_id as entity_id,
  case when list_contains(ticket.tags, setting.regression_tag) then 1 else 0 end as numerator, 1 as denominator
from core.ticket
cross join setting
join period_day on period_day.local_date = ticket.local_date
where list_contains(ticket.tags, setting.bug_tag)
