-- Invoice lines of subscription items: what the history before the first pull is rebuilt from. A voided invoice is not owed,
-- but still says which price was in force. A graduated price is invoiced in a line per tier: together they are one.
with line as (
  select
    source_name, invoice_id, subscription_id as invoice_subscription_id, created_at as invoiced_at, unnest(lines) as l
  from core.source_invoice
  where status in ('open', 'paid', 'uncollectible', 'void') and not is_deleted
),
read as (
  select
    source_name,
    invoice_id,
    coalesce(l.parent.subscription_item_details.subscription, l.subscription, invoice_subscription_id) as subscription_id,
    coalesce(l.parent.subscription_item_details.subscription_item, l.subscription_item) as item_id,
    l.id as line_id,
    invoiced_at,
    utc_from_epoch(l.period.start) as start_at,
    utc_from_epoch(l.period.end) as end_at,
    l.amount as line_minor,
    l.discounted as discounted_minor,
    l.quantity as quantity,
    upper(l.currency) as currency,
    coalesce(l.parent.subscription_item_details.proration, l.proration) as is_proration,
    coalesce(expandable_id(l.pricing.price_details.price), l.price.id) as price_id,
    coalesce(l.pricing.unit_amount_decimal, l.price.unit_amount_decimal, l.price.unit_amount) as unit_amount
  from line
  where coalesce(l.parent.subscription_item_details.subscription_item, l.subscription_item) is not null
),
measured as (
  -- where a line does not say whether it is a proration, one for less than its price's interval is
  select
    read.*,
    coalesce(price.billing_scheme = 'tiered', false) as is_tiered,
    coalesce(
      epoch_us(read.end_at) - epoch_us(read.start_at) < 86400000000 * (
        case price.interval_unit when 'year' then 365 when 'month' then 28 when 'week' then 7 else 1 end * price.interval_count
        - 0.5
      ),
      false
    ) as is_short
  from read
  left join core.price on price.source_name = read.source_name and price.price_id = read.price_id
),
priced as (
  -- its unit amount is then that of the rest of a term, not the price
  select
    measured.* replace (
      coalesce(is_proration, is_short) as is_proration,
      case when is_proration is null and is_short then null else unit_amount end as unit_amount
    )
  from measured
)
select
  source_name, subscription_id, item_id, line_id, invoiced_at, start_at, end_at, line_minor, discounted_minor, quantity, currency,
  is_proration, price_id, unit_amount
from priced
where not is_tiered
union all
-- what a tier's unit costs is not what a unit costs
select
  source_name, subscription_id, item_id, max(line_id), invoiced_at, start_at, end_at, cast(sum(line_minor) as bigint),
  cast(sum(discounted_minor) as bigint), cast(sum(quantity) as bigint), currency, is_proration, price_id, null
from priced
where is_tiered
group by
  source_name, invoice_id, subscription_id, item_id, invoiced_at, start_at, end_at, currency, is_proration, price_id,
  is_proration and line_minor < 0
