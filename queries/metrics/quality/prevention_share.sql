-- metric: prevention_share
-- title: Fixes that prevent a class of defects
-- team: product
-- dimension: quality
-- kind: driver
-- unit: percent
-- better: higher
-- needs: fixes
-- shape: proportion
-- signal: none
-- definition: Fixes made in the period that keep a whole class of defects from coming back (kind prevention in fixes.csv),
--    divided by all fixes. It keeps the long-term work in view beside the day's repairs.
select
  period_day.period_id, cast(null as varchar) as account_id, fix.fix_id as entity_id,
  case when fix.is_prevention then 1 else 0 end as numerator, 1 as denominator
from core.fix
join period_day on period_day.local_date = fix.local_date
