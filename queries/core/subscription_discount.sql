-- Discounts of subscriptions and their items, with the time each is in force: from its own start (without one, from the first
-- version that shows it, where an earlier one did not) until its own end, or until the first later version that no longer
-- shows it. A customer's discount is that of its subscriptions without one of their own. One for certain products lowers an item
-- for as long as it is of one of them, which is known where its price is. Switch: [billing] discounts.
with version as (
  -- one version per instant: the listed one, else the latest event (lists come newest first)
  select source_name, subscription_id, seen_at, discounts, items, is_cut_off
  from (
    select
      *, coalesce(event_at, extracted_at) as seen_at,
      row_number() over (
        partition by source_name, subscription_id, coalesce(event_at, extracted_at)
        order by event_at is null desc, extracted_at desc, seq
      ) as preference
    from core.source_subscription
  ) as ranked
  where preference = 1
),
shown as (
  -- a discount is an id, or the whole object where it was expanded
  select source_name, subscription_id, seen_at, cast(null as varchar) as item_id, unnest(discounts) as discount
  from version
  union all
  select source_name, subscription_id, seen_at, item.id, unnest(item.discounts)
  from (select source_name, subscription_id, seen_at, unnest(items) as item from version) as part
),
of_customer as (
  select subscription.source_name, subscription.subscription_id, subscription.seen_at, cast(null as varchar) as item_id, customer.discount
  from (
    select source_name, subscription_id, customer_id, max(coalesce(event_at, extracted_at)) as seen_at
    from staging.stripe_subscription
    group by source_name, subscription_id, customer_id
  ) as subscription
  join staging.stripe_customer as customer
    on customer.source_name = subscription.source_name and customer.customer_id = subscription.customer_id
  where customer.discount is not null
    and (subscription.source_name, subscription.subscription_id) not in (select source_name, subscription_id from shown)
),
parsed as (
  select
    source_name, subscription_id, item_id, seen_at,
    expandable_id(discount) as discount_id,
    utc_from_epoch(json_extract_string(discount, '$.start')) as start_at,
    utc_from_epoch(json_extract_string(discount, '$.end')) as end_at,
    -- the coupon moved below `source` in API 2025-09-30 and is an id there unless expanded
    coalesce(json_extract(discount, '$.coupon'), json_extract(discount, '$.source.coupon')) as coupon
  from (select * from shown union all by name select * from of_customer) as given
),
resolved as (
  select
    parsed.source_name, parsed.subscription_id, parsed.item_id, parsed.discount_id, parsed.seen_at, parsed.start_at, parsed.end_at,
    coalesce(cast(json_extract_string(parsed.coupon, '$.percent_off') as decimal(9, 4)), coupon.percent_off) as percent_off,
    coalesce(cast(json_extract_string(parsed.coupon, '$.amount_off') as bigint), coupon.off_minor) as off_minor,
    coalesce(json_extract_string(parsed.coupon, '$.duration'), coupon.duration) as duration,
    coalesce(coupon.is_off_each_unit, false) as is_off_each_unit,
    coupon.off_units,
    coupon.product_ids,
    case when parsed.item_id is null then coupon.limits end as limits
  from parsed
  left join core.source_coupon as coupon
    on coupon.source_name = parsed.source_name and coupon.coupon_id = expandable_id(parsed.coupon)
),
item as (
  select source_name, subscription_id, seen_at, item.id as item_id, item.price.id as price_id
  from (select source_name, subscription_id, seen_at, unnest(items) as item from version) as part
),
granted as (
  -- a coupon for certain items is a discount of each of them
  select * exclude (limits) from resolved where limits is null
  union all by name
  select resolved.* exclude (limits) replace (item.item_id as item_id)
  from resolved
  join item
    on item.source_name = resolved.source_name and item.subscription_id = resolved.subscription_id
    and item.seen_at = resolved.seen_at
  left join core.source_price as price on price.source_name = item.source_name and price.price_id = item.price_id
  where resolved.limits is not null
    and len(list_filter(resolved.limits, lambda named:
      -- of a price that is not listed only its id is known
      coalesce(named.item_type = price.item_type, true)
      and (named.price_ids is null or list_contains(named.price_ids, item.price_id))
      and (len(named.currencies) = 0 or list_contains(named.currencies, coalesce(price.currency, named.currencies[1])))
      and (len(named.family_ids) = 0 or list_contains(named.family_ids, coalesce(price.family_id, named.family_ids[1])))
      and (
        len(named.interval_units) = 0
        or list_contains(named.interval_units, coalesce(price.interval_unit, named.interval_units[1]))
      )
    )) > 0
),
known as (
  select
    source_name, subscription_id, item_id, discount_id,
    bool_or(is_off_each_unit) as is_off_each_unit, max(off_units) as off_units,
    min(seen_at) as first_seen_at, max(seen_at) as last_seen_at, min(start_at) as start_at, max(end_at) as end_at,
    max(cast(percent_off * 10000 as bigint)) as percent_e4, max(off_minor) as off_minor, max(duration) as duration,
    any_value(product_ids) as product_ids
  from granted
  group by source_name, subscription_id, item_id, discount_id
),
begun as (
  -- those that do not say since when and that an earlier version did not show
  select distinct known.source_name, known.subscription_id, known.item_id, known.discount_id, known.first_seen_at as start_at
  from known
  join version
    on version.source_name = known.source_name and version.subscription_id = known.subscription_id
    and version.seen_at < known.first_seen_at
  where known.start_at is null and not (known.item_id is not null and version.is_cut_off)
),
removed as (
  select known.source_name, known.subscription_id, known.item_id, known.discount_id,
    min(version.seen_at) as removed_at
  from known
  join version
    on version.source_name = known.source_name and version.subscription_id = known.subscription_id
    and version.seen_at > known.last_seen_at
  where not (known.item_id is not null and version.is_cut_off)
  group by known.source_name, known.subscription_id, known.item_id, known.discount_id
)
select
  known.source_name, known.subscription_id, known.item_id, known.discount_id,
  coalesce(known.start_at, begun.start_at) as start_at, least(known.end_at, removed.removed_at) as end_at,
  known.percent_e4, known.off_minor, known.is_off_each_unit, known.off_units, known.product_ids
from known
cross join setting
left join begun
  on begun.source_name = known.source_name and begun.subscription_id = known.subscription_id
  and begun.item_id is not distinct from known.item_id and begun.discount_id = known.discount_id
left join removed
  on removed.source_name = known.source_name and removed.subscription_id = known.subscription_id
  and removed.item_id is not distinct from known.item_id and removed.discount_id = known.discount_id
where setting.discounts = 'all' or (setting.discounts = 'forever' and known.duration = 'forever')
