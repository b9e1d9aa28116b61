-- metric: csat
-- title: Customer satisfaction
-- team: support
-- dimension: sla
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: csat_response_rate
-- needs: ratings
-- shape: proportion
-- signal: none
-- definition: Good ratings divided by good and bad ratings given in the period; offered but unanswered ones are not in it.
select
  period_day.period_id, ticket.account_id, rating.ticket_id as entity_id,
  case when rating.is_good then 1 else 0 end as numerator, 1 as denominator
from core.ticket_rating as rating
join core.ticket on ticket.ticket_id = rating.ticket_id
join period_day on period_day.local_date = rating.local_date
