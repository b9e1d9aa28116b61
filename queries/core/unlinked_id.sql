-- Ids of support and product that belong to no account, with what was seen of them: tickets, or events.
with ticket_count as (
  select organization_id, count(*) as seen from core.ticket where account_id is null group by organization_id
),
usage_count as (
  select group_key, sum(events) as seen from core.usage_day where account_id is null and group_key is not null group by group_key
)
select
  'support' as system, organization.organization_id as external_id, organization.name,
  cast(coalesce(ticket_count.seen, 0) as bigint) as seen
from core.source_organization as organization
left join ticket_count on ticket_count.organization_id = organization.organization_id
where organization.organization_id not in (select external_id from core.account_link where system = 'support')
  and organization.organization_id not in (select organization_id from core.excluded_organization)
union all
select 'product', usage_count.group_key, cast(null as varchar), cast(usage_count.seen as bigint)
from usage_count
join core.product_group on product_group.group_key = usage_count.group_key
where product_group.native_key not in (
  select native_id(source_name, customer_id)
  from core.source_customer
  where customer_id not in (select customer_id from core.billing_customer)
)
