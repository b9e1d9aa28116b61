-- Helpdesk organisations of those who are no customers: of excluded or test customers, and of the company itself. Their
-- tickets count nowhere; an organisation matched to nobody is a stranger's, and its tickets do count.
with excluded as (
  select customer_id, native_id(source_name, customer_id) as native_id, email_domain
  from core.source_customer
  where customer_id not in (select customer_id from core.billing_customer)
),
named as (
  select organization_id, external_id, unnest(case when len(domain_names) = 0 then [''] else domain_names end) as domain_name
  from core.source_organization
)
select distinct named.organization_id
from named
cross join setting
where (
    named.external_id in (select customer_id from excluded union select native_id from excluded)
    or lower(named.domain_name) in (select email_domain from excluded where email_domain is not null)
    or coalesce(list_contains(setting.internal_domains, lower(named.domain_name)), false)
  )
  and named.organization_id not in (select external_id from core.account_link where system = 'support')
