-- Discounts of subscriptions and their items, with the time each is in force. Switch: [billing] discounts.
with attached as (
  select source_name, subscription_id, cast(null as varchar) as item_id, unnest(discounts) as discount
  from staging.stripe_subscription
  union
  select source_name, subscription_id, item.id, unnest(item.discounts)
  from (select source_name, subscription_id, unnest(items) as item from staging.stripe_subscription) as version
),
parsed as (
  select
    source_name, subscription_id, item_id,
    json_extract_string(discount, '$.id') as discount_id,
    utc_from_epoch(json_extract_string(discount, '$.start')) as start_at,
    utc_from_epoch(json_extract_string(discount, '$.end')) as end_at,
    -- the coupon moved below `source` in API 2025-09-30 and is an id there unless expanded
    coalesce(json_extract(discount, '$.coupon'), json_extract(discount, '$.source.coupon')) as coupon
  from attached
  where json_type(discount) = 'OBJECT'
),
resolved as (
  select
    parsed.source_name, parsed.subscription_id, parsed.item_id, parsed.discount_id, parsed.start_at, parsed.end_at,
    coalesce(cast(json_extract_string(parsed.coupon, '$.percent_off') as decimal(9, 4)), coupon.percent_off) as percent_off,
    coalesce(cast(json_extract_string(parsed.coupon, '$.amount_off') as bigint), coupon.off_minor) as off_minor,
    coalesce(json_extract_string(parsed.coupon, '$.duration'), coupon.duration) as duration
  from parsed
  left join staging.stripe_coupon as coupon
    on coupon.source_name = parsed.source_name and coupon.coupon_id = expandable_id(parsed.coupon)
)
select
  source_name, subscription_id, item_id, discount_id,
  min(start_at) as start_at, max(end_at) as end_at,
  any_value(cast(percent_off * 10000 as bigint)) as percent_e4,
  any_value(off_minor) as off_minor
from resolved
cross join setting
where setting.discounts = 'all' or (setting.discounts = 'forever' and duration = 'forever')
group by source_name, subscription_id, item_id, discount_id
