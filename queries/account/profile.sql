-- section: profile
-- title: Who they are
-- place: 20
-- dimension: growth
-- needs: billing
-- shape: facts
-- show: internal
with standing as (
  select
    span.*, coalesce(plan.plan, span.product_id) as plan, span.from_at < asked.end_at and asked.end_at <= span.to_at as is_closing,
    span.from_at < asked.start_at and asked.start_at <= span.to_at as is_opening
  from asked
  join core.subscription_span as span on span.account_id = asked.account_id
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
),
summed as (
  select
    sum(quantity) filter (where is_closing) as seats, sum(quantity) filter (where is_opening) as seats_before,
    string_agg(distinct interval_unit, ', ' order by interval_unit) filter (where is_closing) as intervals,
    min(from_at) as began_at
  from standing
),
money as (
  select
    sum(closing_minor) as closing, sum(opening_minor) as opening,
    string_agg(movement.currency, ', ' order by movement.currency) filter (where closing_minor is null) as unvalued
  from asked
  join marts.mrr_movement as movement
    on movement.period_id = asked.period_id and movement.account_id = asked.account_id
),
own as (
  select standing.currency, sum(standing.mrr_minor) filter (where is_closing) as closing,
    sum(standing.mrr_minor) filter (where is_opening) as opening, any_value(currency.digits) as digits
  from standing
  join core.currency on currency.currency = standing.currency
  cross join setting
  where standing.currency <> setting.currency and (is_closing or is_opening)
  group by standing.currency
),
on_plan as (
  select max(plan) filter (where edge = 'closing') as closing, max(plan) filter (where edge = 'opening') as opening
  from asked
  join marts.account_plan_at as at_end on at_end.period_id = asked.period_id and at_end.account_id = asked.account_id
),
owned as (
  select segment.value
  from asked
  cross join setting
  join core.account_segment as segment
    on segment.account_id = asked.account_id and segment.name = setting.owner_segment and segment.valid_from < asked.end_on
  order by segment.valid_from desc
  limit 1
),
left_on as (
  -- all that was live has ended, and when the last of it did
  select max(standing.to_at) as left_at
  from standing
  cross join asked
  having max(standing.to_at) < max(asked.end_at)
),
left_because as (
  -- the shortest period it happened in; none where that was before anything measured here
  select period.period_id, churned.reason, churned.function_name
  from left_on
  cross join asked
  join period
    on period.window_name = 'period' and left_on.left_at >= period.start_at and left_on.left_at < period.end_at
  left join marts.churned_account as churned
    on churned.period_id = period.period_id and churned.account_id = asked.account_id
  order by period.end_at - period.start_at
  limit 1
)
select
  10 as place, 'MRR at the end' as label, 'money' as unit,
  case when money.unvalued is null then cast(coalesce(money.closing, 0) as varchar) end as value,
  cast(null as varchar) as whole,
  case when money.unvalued is null then cast(coalesce(money.opening, 0) as varchar) end as before,
  cast(null as varchar) as before_whole,
  'no exchange rate: ' || money.unvalued as note, true as is_headline
from money
union all
select 11, 'MRR at the end (' || currency || ')', 'amount', currency || ' ' || (coalesce(closing, 0) * case digits when 0 then 1.000 when 2 then 0.010 else 0.001 end),
  null, currency || ' ' || (coalesce(opening, 0) * case digits when 0 then 1.000 when 2 then 0.010 else 0.001 end), null, null, false
from own
union all
select 20, 'Plan', 'segment', 'plan=' || coalesce(closing, '(none)'), null, 'plan=' || opening, null, null, false from on_plan
union all
select 30, case when setting.is_quantity_seats then 'Seats' else 'Units' end, 'count', cast(coalesce(seats, 0) as varchar), null,
  cast(coalesce(seats_before, 0) as varchar), null, null, false
from summed cross join setting
union all
select 40, 'Billed by the', 'word', intervals, null, null, null, null, false from summed where intervals is not null
union all
select 50, 'Paying since', 'date', cast(day.local_date as varchar), null, null, null, null, false
from summed asof join day on summed.began_at >= day.start_at
union all
select 60, 'Left on', 'date', cast(day.local_date as varchar), null, null, null,
  case
    when because.period_id is null then null
    when because.reason is null then 'no reason is recorded'
    else 'because: ' || replace(because.reason, '_', ' ') || ' (' || because.function_name || ')'
  end, false
from left_on
asof join day on left_on.left_at >= day.start_at
left join left_because as because on true
union all
select 70, 'Owner', 'text', (select value from owned), null, null, null,
  case when setting.owner_segment is null then 'it is not said who looks after an account: [accounts] owner_segment'
    when not exists (select 1 from owned where value is not null) then 'nobody is recorded as looking after them' end, false
from setting
union all
select 80, 'Segment (' || segment.name || ')', 'segment', segment.name || '=' || segment.value, null, null, null, null, false
from asked
cross join setting
join marts.account_period_segment as segment
  on segment.period_id = asked.period_id and segment.account_id = asked.account_id and segment.way = 'level'
where segment.name not in ('plan', coalesce(setting.owner_segment, ''))
union all
select 90, 'Fit with the customer profile, of 100', 'count', cast(fit.score as varchar), null, null, null,
  case when fit.is_good_fit then 'a good fit, as it began to pay' else 'not a good fit, as it began to pay' end, false
from asked
join marts.account_fit as fit on fit.account_id = asked.account_id
