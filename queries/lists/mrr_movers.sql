-- list: mrr_movers
-- title: Largest MRR movements
-- dimension: growth
-- needs: billing
-- columns: account text "Account", movement word "Movement", change money "Change", before money "Before", after money "After", reason word "Reason"
-- order: abs(change) desc, account_id
select
  movement.period_id, movement.account_id, account.name as account,
  case
    when movement.churn_minor > 0 then 'churned'
    when movement.new_minor > 0 then 'new'
    when movement.reactivation_minor > 0 then 'came back'
    when movement.expansion_minor > 0 then 'expanded'
    when movement.contraction_minor > 0 then 'reduced'
    else 'changed currency'
  end as movement,
  movement.new_minor + movement.reactivation_minor + movement.expansion_minor - movement.contraction_minor
    - movement.churn_minor + movement.transfer_minor as change,
  movement.opening_minor as before,
  movement.closing_minor as after,
  case
    when movement.churn_minor > 0 then coalesce(replace(churned.reason, '_', ' ') || ' (' || churned.function_name || ')', 'no reason recorded')
  end as reason
from marts.account_movement as movement
join core.account on account.account_id = movement.account_id
left join marts.churned_account as churned
  on churned.period_id = movement.period_id and churned.account_id = movement.account_id
where movement.new_minor + movement.reactivation_minor + movement.expansion_minor + movement.contraction_minor
  + movement.churn_minor + abs(movement.transfer_minor) > 0
