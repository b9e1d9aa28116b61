-- The segment of every account in a period: the opening one, or the closing one if it was not live at the opening, so that
-- a money walk ties per segment. Accounts live at neither end have none.
with plan as (
  select period_id, account_id, coalesce(max(case when edge = 'opening' then plan end), max(plan)) as value
  from marts.account_plan_at
  group by period_id, account_id
),
size as (
  select
    period_id, account_id,
    case when is_live_before then opening_minor else closing_minor end as mrr_minor
  from marts.account_movement
),
banded as (
  select
    size.period_id, size.account_id,
    len(list_filter(setting.size_bands, lambda bound:
      bound * (case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end) <= size.mrr_minor)) as band,
    setting.size_bands
  from size
  cross join setting
)
select period_id, account_id, 'plan' as name, value from plan
union all
select
  period_id, account_id, 'size',
  case
    when len(size_bands) = 0 then 'all'
    when band = 0 then 'MRR under ' || size_bands[1]
    when band = len(size_bands) then 'MRR ' || size_bands[band] || ' and more'
    else 'MRR ' || size_bands[band] || ' to under ' || size_bands[band + 1]
  end
from banded
