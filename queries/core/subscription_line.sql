-- Invoice lines of subscription items: what the history before the first pull is rebuilt from.
with line as (
  select
    source_name, subscription_id as invoice_subscription_id, created_at as invoiced_at, unnest(lines) as l
  from staging.stripe_invoice
  where status in ('open', 'paid', 'uncollectible') and not is_deleted
)
select
  source_name,
  coalesce(l.parent.subscription_item_details.subscription, expandable_id(l.subscription), invoice_subscription_id) as subscription_id,
  coalesce(l.parent.subscription_item_details.subscription_item, l.subscription_item) as item_id,
  l.id as line_id,
  invoiced_at,
  utc_from_epoch(l.period.start) as start_at,
  utc_from_epoch(l.period.end) as end_at,
  l.amount as line_minor,
  l.quantity as quantity,
  upper(l.currency) as currency,
  coalesce(l.parent.subscription_item_details.proration, l.proration, false) as is_proration,
  coalesce(expandable_id(l.pricing.price_details.price), l.price.id) as price_id,
  coalesce(l.pricing.unit_amount_decimal, l.price.unit_amount_decimal, l.price.unit_amount) as unit_amount
from line
where coalesce(l.parent.subscription_item_details.subscription_item, l.subscription_item) is not null
