-- metric: seat_utilisation
-- title: Seats in use
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: percent
-- better: higher
-- needs: usage, billing, seats
-- shape: ratio
-- at: end
-- signal: none
-- definition: People of paying accounts who did something meaningful in the period, at most the seats paid for, divided by seats
--    paid for at its end ([product] seats: subscription quantities are seats). The rest is paid for and not used.
with seat as (
  select period.period_id, span.account_id, sum(span.quantity) as seats
  from period
  join core.subscription_span as span on span.from_at < period.end_at and period.end_at <= span.to_at
  group by period.period_id, span.account_id
),
person as (
  select period_day.period_id, active.account_id, count(distinct active.person_id) as people
  from marts.account_active_day as active
  join period_day on period_day.local_date = active.local_date
  group by period_day.period_id, active.account_id
)
select
  seat.period_id, seat.account_id, seat.account_id as entity_id,
  least(coalesce(person.people, 0), seat.seats) as numerator, seat.seats as denominator
from seat
left join person on person.period_id = seat.period_id and person.account_id = seat.account_id
