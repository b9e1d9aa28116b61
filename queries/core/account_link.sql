-- Which account an id of another system belongs to: each id to one account at most. Order: the company's own map, explicit ids, a verified e-mail domain.
-- A domain shared by two accounts, and free mail, say nothing and match nothing.
with map as (
  -- corrections: the latest line for an id wins
  select system, external_id, account
  from (
    select *, row_number() over (partition by system, external_id order by valid_from desc nulls last, line desc) as recency
    from staging.files_account_map
    -- a line holds from its day on, which begins at the company's midnight
    where valid_from is null
      or valid_from <= (select max(day.local_date) from day join setting on day.start_at <= setting.as_of_at)
  ) as corrections
  where recency = 1
),
billing as (
  select
    'billing' as system,
    customer.source_name,
    customer.customer_id as external_id,
    coalesce(map.account, customer.customer_id) as account_id,
    case when map.account is not null then 'map' else 'id' end as method
  from core.billing_customer as customer
  left join map on map.system = 'billing' and map.external_id = customer.customer_id
),
known_name as (
  -- names of billing accounts: customer ids, mapped names, hints in metadata; and the ids as their own source has them, which
  -- another source may have given to somebody else
  select alias, account_id, bool_or(is_own) as is_own
  from (
    select external_id as alias, account_id, true as is_own from billing
    union all
    select account_id, account_id, true from billing
    union all
    select native_id(source_name, external_id), account_id, false from billing
    union all
    select customer.account_hint, billing.account_id, false
    from core.billing_customer as customer
    join billing on billing.external_id = customer.customer_id
    where customer.account_hint is not null
  ) as name
  group by alias, account_id
),
alias as (
  -- a name of two accounts matches neither
  select alias, min(account_id) as account_id from known_name group by alias having count(*) = 1
),
mapped as (
  -- the map names accounts as they are called here
  select alias, min(account_id) as account_id
  from (select *, bool_or(is_own) over (partition by alias) as is_anybodys from known_name) as name
  where is_own = is_anybodys
  group by alias
  having count(*) = 1
),
domain as (
  -- domains of exactly one account
  select customer.email_domain, min(billing.account_id) as account_id
  from core.billing_customer as customer
  join billing on billing.external_id = customer.customer_id
  cross join setting
  where customer.email_domain <> ''
    and not coalesce(list_contains(setting.free_mail_domains, customer.email_domain), false)
    and customer.email_domain not in (
      'gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'yahoo.com', 'icloud.com', 'me.com',
      'aol.com', 'gmx.de', 'gmx.net', 'web.de', 'proton.me', 'protonmail.com', 'mail.com', 'qq.com', '163.com'
    )
  group by customer.email_domain
  having count(distinct billing.account_id) = 1
),
organization as (
  -- customers as helpdesks and the CRM know them
  select 'support' as system, organization_id as external_id, external_id as hint, domain_names from core.source_organization
  union all
  select 'crm', company_id, account_hint, [domain] from core.source_crm_company
),
organization_domain as (
  -- an organisation's domains agree on one account or match nothing
  select system, external_id, min(account_id) as account_id
  from (
    select organization.system, organization.external_id, domain.account_id
    from (select system, external_id, unnest(domain_names) as domain_name from organization) as organization
    join domain on domain.email_domain = lower(organization.domain_name)
  ) as found
  group by system, external_id
  having count(distinct account_id) = 1
),
organized as (
  select
    organization.system,
    organization.external_id,
    case
      when map.account is not null then mapped.account_id
      else coalesce(explicit.account_id, organization_domain.account_id)
    end as account_id,
    case
      when map.account is not null then 'map'
      when explicit.account_id is not null then 'id'
      when organization_domain.account_id is not null then 'domain'
    end as method
  from organization
  left join map on map.system = organization.system and map.external_id = organization.external_id
  left join mapped on mapped.alias = map.account
  left join alias as explicit on explicit.alias = organization.hint
  left join organization_domain
    on organization_domain.system = organization.system and organization_domain.external_id = organization.external_id
),
product as (
  select
    'product' as system,
    product_group.group_key as external_id,
    case when map.account is not null then mapped.account_id else explicit.account_id end as account_id,
    case when map.account is not null then 'map' when explicit.account_id is not null then 'id' end as method
  from core.product_group
  left join map on map.system = 'product' and map.external_id = product_group.group_key
  left join mapped on mapped.alias = map.account
  left join alias as explicit on explicit.alias = product_group.native_key
)
select system, external_id, account_id, method from billing
union all
select system, external_id, account_id, method from organized where account_id is not null
union all
select system, external_id, account_id, method from product where account_id is not null
