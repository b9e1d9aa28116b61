-- metric: csat_response_rate
-- title: Satisfaction response rate
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: higher
-- needs: ratings
-- shape: proportion
-- signal: none
-- definition: Tickets solved in the period that the customer rated, whenever that was, divided by tickets solved in the period
--    and still so at its end. Answers take days: the latest period is lower than it will be.
select
  solved.period_id, solved.account_id, solved.ticket_id as entity_id,
  case when rating.ticket_id is null then 0 else 1 end as numerator, 1 as denominator
from marts.solved_ticket as solved
left join core.ticket_rating as rating on rating.ticket_id = solved.ticket_id
