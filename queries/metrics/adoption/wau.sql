-- metric: wau
-- title: Weekly active people
-- team: product
-- dimension: adoption
-- kind: outcome
-- unit: count
-- better: higher
-- needs: usage
-- entities: people
-- shape: distinct
-- at: end
-- signal: none
-- definition: People of known accounts who did at least one meaningful thing ([product] meaningful_events) on one of the seven
--    days that end with the period: for weeks, the week. A person of two accounts is counted once.
with week_day as (
  select period.period_id, cast(period.end_on - to_days(cast(back.days as integer)) as date) as local_date
  from period
  cross join (select unnest(range(1, 8)) as days) as back
)
select distinct week_day.period_id, active.account_id, active.person_id as entity_id
from week_day
join marts.account_active_day as active on active.local_date = week_day.local_date
