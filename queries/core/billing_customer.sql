-- Billing customers that are customers: not in test mode, not the company itself, not excluded by list.
with marked as (
  select
    customer.*,
    list_contains(setting.internal_domains, customer.email_domain) as is_internal,
    list_contains(setting.excluded_customers, customer.customer_id) as is_excluded
  from staging.stripe_customer as customer
  cross join setting
)
select source_name, customer_id, name, email_domain, created_at, account_hint, is_deleted
from marked
where is_live
  and not coalesce(is_internal, false)
  and not coalesce(is_excluded, false)
