-- metric: first_reply_time
-- title: First reply time
-- team: support
-- dimension: sla
-- kind: driver
-- unit: business_duration
-- better: lower
-- needs: tickets
-- shape: quantile(0.5, 0.9)
-- signal: none
-- definition: Time from a ticket's creation to its first public reply by a person, over tickets first answered in the
--    period, in business hours of the schedule it followed as it was created (calendar time where there is none): the median,
--    and the 90th percentile beside it.
select
  period_day.period_id, clock.account_id, clock.ticket_id as entity_id,
  clock.elapsed_s as value
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.fulfilled_on
where clock.clock = 'first_reply'
