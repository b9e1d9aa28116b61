-- section: usage
-- title: Active people by month
-- place: 120
-- dimension: adoption
-- needs: usage
-- matched: product
-- shape: trend
-- unit: count
-- show: customer
with known as (
  select min(local_date) as from_on from core.usage_day
)
select
  month.period_id, month.start_on as first_on,
  case when any_value(month.start_on) >= any_value(known.from_on) then count(distinct day.person_id) end as value
from asked
cross join asked_month as month
cross join known
left join marts.account_active_day as day
  on day.account_id = asked.account_id and day.local_date >= month.start_on and day.local_date < month.end_on
group by month.period_id, month.start_on
