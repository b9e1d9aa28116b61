-- The segments of every account in a period, two ways. `flow`: the opening one, or the closing one if it was not live at the
-- opening, so that a money walk ties per segment. `level`: the closing one, or the opening one if it is gone by then, for
-- what stands at the end. Accounts live at neither end have none.
with plan as (
  select period_id, account_id, opening.plan as opening, closing.plan as closing
  from (select * from marts.account_plan_at where edge = 'opening') as opening
  full join (select * from marts.account_plan_at where edge = 'closing') as closing using (period_id, account_id)
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
)
select period_id, account_id, 'flow' as way, 'plan' as name, coalesce(opening, closing) as value from plan
union all
select period_id, account_id, 'level', 'plan', coalesce(closing, opening) from plan
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
