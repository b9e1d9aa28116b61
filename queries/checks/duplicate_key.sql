-- check: duplicate_key
-- title: What must be there once is there twice: accounts, subscriptions, invoices, payments, prices or rates
-- severity: withhold
-- dimensions: growth, churn, fit, value, operations
with keyed as (
  select 'account' as kind, account_id as key from core.account
  union all
  select 'link', system || ' ' || external_id from core.account_link
  union all
  select 'billing customer', source_name || ' ' || customer_id from core.billing_customer
  union all
  select 'subscription', source_name || ' ' || subscription_id from core.subscription
  union all
  select 'subscription item state', source_name || ' ' || item_id || ' ' || cast(since_at as varchar)
  from core.subscription_item_state
  union all
  select 'invoice', invoice_id from core.invoice
  union all
  select 'payment', charge_id from core.payment
  union all
  select 'credit note', credit_note_id from core.credit_note
  union all
  select 'price', source_name || ' ' || price_id from core.price
  union all
  select 'price tier', source_name || ' ' || price_id || ' ' || cast(from_units as varchar) from core.price_tier
  union all
  select 'exchange rate', currency || ' ' || cast(rate_on as varchar) from core.fx_rate
  union all
  select 'commitment', commitment_id from core.commitment
  union all
  select 'outcome', outcome_id from core.outcome
  union all
  select 'cost', cost_id from core.cost
)
select kind, key, count(*) as rows_found
from keyed
where key is not null
group by kind, key
having count(*) > 1
