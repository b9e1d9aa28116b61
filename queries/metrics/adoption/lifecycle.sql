-- metric: lifecycle
-- title: People by lifecycle
-- team: product
-- dimension: adoption
-- kind: driver
-- unit: count
-- better: neutral
-- needs: active_days
-- entities: people
-- shape: split(lifecycle)
-- signal: none
-- definition: People of known accounts who did something meaningful in the period or in the one before it. New: for the first
--    time since usage is recorded. Returning: in both. Resurrecting: in the period, not in the one before, but earlier.
--    Dormant: in the one before and not in this one, counted in the first silent period only. A person of two accounts counts
--    in each. The first period of recorded usage has none: what was before it is not known.
with judged as (
  -- the period before may be no row of its own
  select
    period_id, start_on, end_on,
    cast(case grain
      when 'week' then start_on - interval 7 days
      when 'month' then start_on - interval 1 month
      when 'quarter' then start_on - interval 3 months
      else start_on - interval 1 year
    end as date) as before_on
  from period
  where window_name = 'period'
),
known as (
  select * from judged where before_on >= (select min(local_date) from core.usage_day)
),
judged_day as (
  select period_id, cast(unnest(range(before_on, end_on, interval 1 day)) as date) as local_date, start_on
  from known
),
first_seen as (
  select account_id, person_id, min(local_date) as first_on
  from marts.account_active_day
  group by account_id, person_id
),
seen as (
  select
    judged_day.period_id, judged_day.start_on, active.account_id, active.person_id,
    bool_or(active.local_date >= judged_day.start_on) as is_active, bool_or(active.local_date < judged_day.start_on) as was_active
  from judged_day
  join marts.account_active_day as active on active.local_date = judged_day.local_date
  group by judged_day.period_id, judged_day.start_on, active.account_id, active.person_id
)
select
  seen.period_id, seen.account_id, seen.account_id || ' ' || seen.person_id as entity_id,
  case
    when not seen.is_active then 'dormant'
    when seen.was_active then 'returning'
    when first_seen.first_on >= seen.start_on then 'new'
    else 'resurrecting'
  end as category
from seen
join first_seen on first_seen.account_id = seen.account_id and first_seen.person_id = seen.person_id
