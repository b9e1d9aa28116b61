-- Costs of serving customers, first and last day included; without an account they are for all of them.
select
  cost.cost_id, coalesce(link.account_id, cost.account) as account_id, cost.kind, cost.from_on, cost.to_on, cost.amount,
  coalesce(upper(cost.currency), setting.currency) as currency
from staging.files_cost as cost
cross join setting
left join core.account_link as link on link.system = 'billing' and link.external_id = cost.account
where cost.from_on <= cost.to_on
