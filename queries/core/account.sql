-- One row per account: a customer of the company. Billing customers mapped together are one account.
with named as (
  select
    link.account_id,
    customer.name,
    customer.created_at,
    bool_or(customer.metadata is not null) over (partition by link.account_id) as is_listed,
    row_number() over (partition by link.account_id order by customer.created_at, customer.customer_id) as age
  from core.account_link as link
  join core.billing_customer as customer on customer.customer_id = link.external_id
  where link.system = 'billing'
),
crm as (
  -- a billing customer without a name is called what the CRM calls it
  select link.account_id, min(company.name) as name
  from core.source_crm_company as company
  join core.account_link as link on link.system = 'crm' and link.external_id = company.company_id
  group by link.account_id
)
-- not listed: its billing customers were deleted before they were first pulled, and nothing but subscriptions is known of it
select
  named.account_id, coalesce(named.name, crm.name, named.account_id) as name, named.created_at, named.is_listed
from named
left join crm on crm.account_id = named.account_id
where named.age = 1
