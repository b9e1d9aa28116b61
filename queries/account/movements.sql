-- section: movements
-- title: What changed their MRR
-- place: 40
-- dimension: growth
-- needs: billing
-- shape: table
-- show: internal
-- columns: month period "Month", movement word "Movement", change money "Change", after money "MRR after", reason word "Reason"
-- order: month desc, place
-- empty: Their MRR did not change in these twelve months.
with moved as (
  select month.period_id as month, movement.*
  from asked
  cross join asked_month as month
  join marts.account_movement as movement
    on movement.period_id = month.period_id and movement.account_id = asked.account_id
)
select
  moved.month, 1 as place,
  case
    when moved.churn_minor > 0 then 'left'
    when moved.new_minor > 0 then 'new'
    when moved.reactivation_minor > 0 then 'came back'
    when moved.expansion_minor > 0 then 'expanded'
    when moved.contraction_minor > 0 then 'reduced'
    else 'changed currency'
  end as movement,
  moved.new_minor + moved.reactivation_minor + moved.expansion_minor - moved.contraction_minor - moved.churn_minor
    + moved.transfer_minor as change,
  moved.closing_minor as after,
  case when moved.churn_minor > 0
    then coalesce(replace(churned.reason, '_', ' ') || ' (' || churned.function_name || ')', 'no reason recorded')
  end as reason
from moved
left join marts.churned_account as churned
  on churned.period_id = moved.period_id and churned.account_id = moved.account_id
where moved.new_minor + moved.reactivation_minor + moved.expansion_minor + moved.contraction_minor + moved.churn_minor
  + abs(moved.transfer_minor) > 0
union all
-- every month of an account that pays in another currency: once, as their sum
select max(month), 2, 'exchange rates, over the months', cast(sum(fx_minor) as bigint), max_by(closing_minor, month), null
from moved
where fx_minor <> 0
having count(*) > 0
