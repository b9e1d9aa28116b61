-- section: value
-- title: Value to them, twelve months
-- place: 140
-- dimension: value
-- needs: outcomes, told_outcomes, billing
-- shape: facts
-- show: internal
-- note: Benefits as recorded, on the day they were recorded, less what they paid: nothing of their use goes into it. Paid is MRR for the time it was in force.
with benefit as (
  select
    lower(outcome.kind) as kind, sum(benefit.value_minor) as worth,
    count(*) filter (where benefit.value_minor is null) as unvalued, count(*) as recorded
  from asked
  join core.outcome
    on outcome.account_id = asked.account_id and outcome.recorded_on < asked.end_on
    and outcome.recorded_on >= asked.end_on - interval 12 months
  join marts.benefit as benefit on benefit.outcome_id = outcome.outcome_id and benefit.account_id = outcome.account_id
  group by lower(outcome.kind)
),
gained as (
  select coalesce(sum(recorded), 0) as recorded, sum(worth) as worth, coalesce(sum(unvalued), 0) as unvalued from benefit
),
worth as (
  select
    span.currency,
    sum(cast(span.mrr_minor as hugeint)
      * date_diff('second', greatest(span.from_at, year.start_at), least(span.to_at, year.end_at))) as minor_seconds
  from asked
  join period as year on year.period_id = asked.year_id
  join core.subscription_span as span
    on span.account_id = asked.account_id and span.from_at < year.end_at and year.start_at < span.to_at
  group by span.currency
),
paid as (
  select
    sum(divide_half_up(
      worth.minor_seconds * 12 * rate.closing_rate_e8 * rate.to_units,
      cast(365 * 86400 as hugeint) * 100000000 * rate.from_units
    )) as paid,
    string_agg(worth.currency, ', ' order by worth.currency) filter (where rate.closing_rate_e8 is null) as unvalued
  from worth
  cross join asked
  left join marts.rate_at as rate on rate.period_id = asked.year_id and rate.currency = worth.currency
)
select
  10 as place, 'Revenue they gained' as label, 'money' as unit, cast(max(worth) filter (where kind = 'revenue') as varchar) as value,
  cast(null as varchar) as whole, cast(null as varchar) as before, cast(null as varchar) as before_whole,
  case when max(worth) filter (where kind = 'revenue') is null then 'none is recorded' end as note,
  false as is_headline
from benefit
union all
select 20, 'Cost they saved', 'money', cast(max(worth) filter (where kind = 'cost') as varchar), null, null, null,
  case when max(worth) filter (where kind = 'cost') is null then 'none is recorded' end, false
from benefit
union all
select 30, 'Hours they saved, at the hourly rate', 'money', cast(max(worth) filter (where kind = 'hours') as varchar), null, null, null,
  case
    when any_value(setting.hour_rate) is null then 'an hour has no price: [value] hour_rate'
    when max(worth) filter (where kind = 'hours') is null then 'none is recorded'
  end, false
from benefit right join setting on true
union all
select 40, 'All recorded benefits', 'money', case when unvalued = 0 then cast(worth as varchar) end, null, null, null,
  case
    when recorded = 0 then 'no benefit is recorded: what they gain is not known, and it is not nothing'
    when unvalued > 0 then unvalued || ' of ' || recorded || ' recorded benefits cannot be valued in the company''s currency'
    else 'from ' || recorded || case when recorded = 1 then ' record' else ' records' end
  end, false
from gained
union all
select 50, 'What they paid', 'money', case when unvalued is null then cast(coalesce(paid, 0) as varchar) end, null, null, null,
  'no exchange rate: ' || unvalued, false
from paid
union all
select 60, 'Benefits less what they paid', 'money',
  case when gained.recorded > 0 and gained.unvalued = 0 and paid.unvalued is null
    then cast(gained.worth - coalesce(paid.paid, 0) as varchar) end, null, null, null,
  case when gained.recorded = 0 then 'no benefit is recorded' when gained.unvalued > 0 or paid.unvalued is not null
    then 'a part of it cannot be valued' end, true
from gained cross join paid
