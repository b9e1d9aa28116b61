-- The segments of every account in a period, two ways. `flow`: the opening one, or the closing one if it was not live at the
-- opening, so that a money walk ties per segment. `level`: the closing one, or the opening one if it is gone by then, for
-- what stands at the end. Accounts live at neither end have no plan and no size; of the segments the company gave them, the
-- closing one. Every account live at an end has exactly one value of each: '(none)' where it is unknown.
with live as (
  select
    period_id, account_id,
    bool_or(edge = 'opening') as is_live_before,
    bool_or(edge = 'closing') as is_live_after
  from marts.account_mrr_at
  group by period_id, account_id
),
plan as (
  select
    period_id, account_id,
    max(case when edge = 'opening' then plan end) as opening,
    max(case when edge = 'closing' then plan end) as closing
  from marts.account_plan_at
  group by period_id, account_id
),
size as (
  select
    period_id, account_id,
    case when is_live_before then opening_minor end as opening,
    case when is_live_after then closing_minor end as closing
  from marts.account_movement
),
weighed as (
  select period_id, account_id, 'flow' as way, coalesce(opening, closing) as mrr_minor from size
  union all
  select period_id, account_id, 'level', coalesce(closing, opening) from size
),
banded as (
  select
    weighed.period_id, weighed.account_id, weighed.way,
    len(list_filter(setting.size_bands, lambda bound:
      bound * (case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end) <= weighed.mrr_minor)) as band,
    setting.size_bands
  from weighed
  cross join setting
),
valid as (
  -- values as steps in time
  select
    account_id, name, value, valid_from,
    lead(valid_from, 1, date '9999-12-31') over (partition by account_id, name order by valid_from) as until_on
  from core.account_segment
  where name in (select name from setting_segment)
),
known as (
  -- an end is a left limit: what is valid from its day on belongs to the next period
  select
    period.period_id, valid.account_id, valid.name,
    max(valid.value) filter (where valid.valid_from < period.start_on and period.start_on <= valid.until_on) as opening,
    max(valid.value) filter (where valid.valid_from < period.end_on and period.end_on <= valid.until_on) as closing
  from valid
  join period on valid.valid_from < period.end_on and period.start_on <= valid.until_on
  group by period.period_id, valid.account_id, valid.name
),
given as (
  select
    coalesce(live.period_id, known.period_id) as period_id,
    coalesce(live.account_id, known.account_id) as account_id,
    coalesce(live.name, known.name) as name,
    case
      when live.is_live_before then known.opening
      else known.closing
    end as flow,
    case
      when live.is_live_before and not live.is_live_after then known.opening
      else known.closing
    end as level
  from (
    select live.*, setting_segment.name
    from live
    join setting_segment on setting_segment.name not in ('plan', 'size')
  ) as live
  full join known
    on known.period_id = live.period_id and known.account_id = live.account_id and known.name = live.name
),
named as (
  select period_id, account_id, 'flow' as way, 'plan' as name, coalesce(opening, closing) as value from plan
  union all
  select period_id, account_id, 'level', 'plan', coalesce(closing, opening) from plan
  union all
  select period_id, account_id, 'flow', name, flow from given
  union all
  select period_id, account_id, 'level', name, level from given
)
select
  named.period_id, named.account_id, named.way, named.name,
  coalesce(segment_value.label, named.value, '(none)') as value
from named
left join marts.segment_value on segment_value.name = named.name and segment_value.value = named.value
union all
select
  period_id, account_id, way, 'size',
  case
    when len(size_bands) = 0 then 'all'
    when band = 0 then 'MRR under ' || size_bands[1]
    when band = len(size_bands) then 'MRR ' || size_bands[band] || ' and more'
    else 'MRR ' || size_bands[band] || ' to under ' || size_bands[band + 1]
  end
from banded
