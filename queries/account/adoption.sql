-- section: adoption
-- title: Use of the product
-- place: 110
-- dimension: adoption
-- needs: usage
-- matched: product
-- shape: facts
-- show: customer
-- note: Use is not value: what they gain from it is told apart.
with stretch as (
  select start_on, end_on, true as is_now from asked
  union all
  select previous_start_on, start_on, false from asked
),
known as (
  select min(local_date) as from_on from core.usage_day
),
active as (
  select
    count(distinct day.person_id) filter (where is_now) as people, count(distinct day.person_id) filter (where not is_now) as people_before,
    count(distinct day.local_date) filter (where is_now) as days, count(distinct day.local_date) filter (where not is_now) as days_before
  from stretch
  cross join asked
  join marts.account_active_day as day
    on day.account_id = asked.account_id and day.local_date >= stretch.start_on and day.local_date < stretch.end_on
),
done as (
  select
    sum(usage.events) filter (where is_now and list_contains(setting.meaningful_events, usage.event)) as events,
    sum(usage.events) filter (where not is_now and list_contains(setting.meaningful_events, usage.event)) as events_before,
    count(distinct usage.event) filter (where is_now and list_contains(setting.feature_events, usage.event)) as features,
    count(distinct usage.event) filter (where not is_now and list_contains(setting.feature_events, usage.event)) as features_before
  from stretch
  cross join asked
  cross join setting
  join core.usage_day as usage
    on usage.account_id = asked.account_id and usage.local_date >= stretch.start_on and usage.local_date < stretch.end_on
),
seat as (
  select
    sum(span.quantity) filter (where span.from_at < asked.end_at and asked.end_at <= span.to_at) as seats,
    sum(span.quantity) filter (where span.from_at < asked.start_at and asked.start_at <= span.to_at) as seats_before
  from asked
  join core.subscription_span as span on span.account_id = asked.account_id
),
knowable as (
  select
    asked.start_on >= known.from_on as is_now, asked.previous_start_on >= known.from_on as is_before,
    'use is known from ' || known.from_on || ' on' as why
  from asked
  cross join known
)
select
  10 as place, case when setting.is_quantity_seats then 'Active people, of seats paid for' else 'Active people' end as label, 'count' as unit,
  case when knowable.is_now then cast(active.people as varchar) end as value,
  case when setting.is_quantity_seats and seat.seats > 0 then cast(seat.seats as varchar) end as whole,
  case when knowable.is_before then cast(active.people_before as varchar) end as before,
  case when setting.is_quantity_seats and seat.seats_before > 0 then cast(seat.seats_before as varchar) end as before_whole,
  case
    when not knowable.is_now then knowable.why
    when setting.is_quantity_seats and coalesce(seat.seats, 0) = 0 then 'no seat is paid for at the end of the period'
  end as note,
  true as is_headline
from active
cross join seat
cross join setting
cross join knowable
union all
select 20, 'Days with meaningful use', 'count', case when is_now then cast(days as varchar) end,
  cast(date_diff('day', asked.start_on, asked.end_on) as varchar),
  case when is_before then cast(days_before as varchar) end, cast(date_diff('day', asked.previous_start_on, asked.start_on) as varchar),
  case when not is_now then why end, false
from active cross join knowable cross join asked
union all
select 30, 'Meaningful actions', 'count', case when is_now then cast(coalesce(events, 0) as varchar) end, null,
  case when is_before then cast(coalesce(events_before, 0) as varchar) end, null, case when not is_now then why end, false
from done cross join knowable
union all
select 40, 'Followed features in use', 'count', case when is_now then cast(features as varchar) end, cast(len(setting.feature_events) as varchar),
  case when is_before then cast(features_before as varchar) end, cast(len(setting.feature_events) as varchar),
  case when not is_now then why end, false
from done cross join knowable cross join setting
where len(setting.feature_events) > 0
