-- metric: stickiness
-- title: Stickiness (mean DAU ÷ MAU)
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: percent
-- better: higher
-- needs: usage
-- entities: people
-- shape: ratio
-- signal: none
-- definition: Days on which a person did something meaningful, summed over the people active in the period, divided by those
--    people times the days of the period: the mean of daily active people over the active people. For weeks it is taken over
--    the 28 days that end with the week. A person of two accounts counts in each.
with span_day as (
  -- a week is too short to tell daily from weekly use
  select period.period_id, cast(period.end_on - to_days(cast(back.days as integer)) as date) as local_date, 28 as days
  from period
  cross join (select unnest(range(1, 29)) as days) as back
  where period.grain = 'week' and period.window_name = 'period'
    and period.end_on - 28 >= (select min(local_date) from core.usage_day)
  union all
  select period_day.period_id, period_day.local_date, period.end_on - period.start_on
  from period
  join period_day on period_day.period_id = period.period_id
  where period.grain <> 'week' or period.window_name <> 'period'
)
select
  span_day.period_id, active.account_id, active.person_id as entity_id,
  count(*) as numerator, any_value(span_day.days) as denominator
from span_day
join marts.account_active_day as active on active.local_date = span_day.local_date
group by span_day.period_id, active.account_id, active.person_id
