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
)
-- not listed: its billing customers were deleted before they were first pulled, and nothing but subscriptions is known of it
select account_id, coalesce(name, account_id) as name, created_at, is_listed
from named
where age = 1
