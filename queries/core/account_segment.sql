-- Values of the segments a company gives its accounts ([accounts] segments and owner_segment): from segments.csv, from their
-- day on, from the billing customers' metadata and from the CRM, for all time before. A value that is NULL ends the one before it.
with wanted as (
  select name from setting_segment where name not in ('plan', 'size')
  union
  select owner_segment from setting where owner_segment is not null
),
told as (
  select
    coalesce(link.account_id, segment.account) as account_id,
    coalesce(segment.valid_from, date '1900-01-01') as valid_from,
    segment.name,
    segment.value,
    1 as rank,
    segment.line
  from staging.files_segment as segment
  join wanted on wanted.name = segment.name
  left join core.account_link as link on link.system = 'billing' and link.external_id = segment.account
),
written as (
  -- of several billing customers of one account the oldest that says it
  select account_id, date '1900-01-01' as valid_from, name, value, 2 as rank,
    row_number() over (partition by account_id, name order by created_at desc, customer_id desc) as line
  from (
    select
      link.account_id, customer.customer_id, customer.created_at, wanted.name,
      nullif(trim(json_extract_string(customer.metadata, '$."' || wanted.name || '"')), '') as value
    from core.billing_customer as customer
    join core.account_link as link on link.system = 'billing' and link.external_id = customer.customer_id
    cross join wanted
    where customer.metadata is not null
  ) as said
  where value is not null
),
kept as (
  -- the CRM's word, where billing has none; of several companies of one account the first that says it
  select account_id, date '1900-01-01' as valid_from, name, value, 3 as rank,
    row_number() over (partition by account_id, name order by company_id desc) as line
  from (
    select
      link.account_id, company.company_id, wanted.name,
      nullif(trim(json_extract_string(company.properties, '$."' || wanted.name || '"')), '') as value
    from core.source_crm_company as company
    join core.account_link as link on link.system = 'crm' and link.external_id = company.company_id
    cross join wanted
  ) as said
  where value is not null
),
ranked as (
  select *, row_number() over (partition by account_id, name, valid_from order by rank, line desc) as preference
  from (select * from told union all select * from written union all select * from kept) as known
)
select account_id, valid_from, name, value
from ranked
where preference = 1
