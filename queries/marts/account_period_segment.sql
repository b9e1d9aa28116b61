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
labelled as (
  select at_end.period_id, at_end.account_id, at_end.edge, segment_value.label
  from marts.account_plan_at as at_end
  join marts.segment_value on segment_value.name = 'plan' and segment_value.value = at_end.plan
),
plan as (
  select period_id, account_id, opening.label as opening, closing.label as closing
  from (select * from labelled where edge = 'opening') as opening
  full join (select * from labelled where edge = 'closing') as closing using (period_id, account_id)
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
    segment.account_id, segment.name, segment_value.label as value, segment.valid_from,
    lead(segment.valid_from, 1, date '9999-12-31') over (
      partition by segment.account_id, segment.name order by segment.valid_from
    ) as until_on
  from core.account_segment as segment
  left join marts.segment_value on segment_value.name = segment.name and segment_value.value = segment.value
  where segment.name in (select name from setting_segment)
),
standing as (
  -- an end is a left limit: what is valid from its day on belongs to the next period
  select
    live.period_id, live.account_id, setting_segment.name,
    case when live.is_live_before then opening.value else closing.value end as flow,
    case when live.is_live_after then closing.value else opening.value end as level
  from live
  join period on period.period_id = live.period_id
  join setting_segment on setting_segment.name not in ('plan', 'size')
  left join valid as opening
    on opening.account_id = live.account_id and opening.name = setting_segment.name
    and opening.valid_from < period.start_on and period.start_on <= opening.until_on
  left join valid as closing
    on closing.account_id = live.account_id and closing.name = setting_segment.name
    and closing.valid_from < period.end_on and period.end_on <= closing.until_on
),
absent as (
  select period.period_id, valid.account_id, valid.name, valid.value
  from valid
  join period on valid.valid_from < period.end_on and period.end_on <= valid.until_on
  where valid.value is not null
    and not exists (
      select 1 from live where live.period_id = period.period_id and live.account_id = valid.account_id
    )
)
select period_id, account_id, 'flow' as way, 'plan' as name, coalesce(opening, closing) as value from plan
union all
select period_id, account_id, 'level', 'plan', coalesce(closing, opening) from plan
union all
select period_id, account_id, 'flow', name, coalesce(flow, '(none)') from standing
union all
select period_id, account_id, 'level', name, coalesce(level, '(none)') from standing
union all
select period_id, account_id, 'flow', name, value from absent
union all
select period_id, account_id, 'level', name, value from absent
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
