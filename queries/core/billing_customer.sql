-- Billing customers that are customers: not in test mode, not the company itself, not excluded by list. A customer deleted
-- before the first pull is not listed, but its subscriptions are: it was one all the same.
with listed as (
  select source_name, customer_id, name, email_domain, created_at, account_hint, metadata, is_live
  from core.source_customer
),
subscribed as (
  select
    source_name, customer_id, cast(null as varchar) as name, cast(null as varchar) as email_domain,
    min(created_at) as created_at, cast(null as varchar) as account_hint,
    cast(null as json) as metadata, bool_and(is_live) as is_live
  from core.source_subscription
  where customer_id is not null
    and (source_name, customer_id) not in (select source_name, customer_id from listed)
  group by source_name, customer_id
),
marked as (
  select
    customer.*,
    list_contains(setting.internal_domains, customer.email_domain) as is_internal,
    list_contains(setting.excluded_customers, customer.customer_id) as is_excluded
  from (select *, true as is_listed from listed union all select *, false from subscribed) as customer
  cross join setting
)
-- metadata is NULL where nothing is known of a customer
select
  source_name, customer_id, name, email_domain, created_at, account_hint,
  case when is_listed then coalesce(metadata, '{}') end as metadata
from marked
where is_live
  and not coalesce(is_internal, false)
  and not coalesce(is_excluded, false)
