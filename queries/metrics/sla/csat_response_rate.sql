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
-- definition: Tickets solved in the period that the customer rated, divided by tickets solved in the period.
select
  period_day.period_id, clock.account_id, clock.ticket_id as entity_id,
  case when rating.ticket_id is null then 0 else 1 end as numerator, 1 as denominator
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.fulfilled_on
left join core.ticket_rating as rating on rating.ticket_id = clock.ticket_id
where clock.clock = 'resolution'
