-- metric: resolution_time
-- title: Resolution time
-- team: support
-- dimension: sla
-- kind: driver
-- unit: business_duration
-- better: lower
-- needs: tickets
-- shape: quantile(0.5, 0.9)
-- signal: none
-- definition: Time from a ticket's creation to the last time it was solved, over tickets solved in the period, in
--    business hours of the default schedule (calendar time where there is none): the median, and the 90th percentile beside it.
select
  period_day.period_id, clock.account_id, clock.ticket_id as entity_id,
  clock.elapsed_s as value
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.fulfilled_on
where clock.clock = 'resolution'
