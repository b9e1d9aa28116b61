-- check: amount_without_rate
-- title: Costs, benefits or invoices in a currency without an exchange rate are left out
-- severity: warn
-- dimensions: growth, value, operations
with amount as (
  select 'costs.csv' as place, currency, from_on as amount_on from core.cost
  union all
  select 'outcomes.csv', coalesce(outcome.currency, setting.currency), outcome.recorded_on
  from core.outcome
  cross join setting
  where lower(outcome.kind) in ('revenue', 'cost')
  union all
  select 'invoices', currency, local_date from core.invoice where due_at is not null
)
select amount.place, amount.currency, count(*) as amounts
from amount
left join core.fx_rate as rate
  on rate.currency = amount.currency and rate.rate_on <= amount.amount_on and amount.amount_on < rate.until_on
where rate.currency is null
group by amount.place, amount.currency
