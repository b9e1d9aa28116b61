-- Prices known from the price list, else from the subscriptions that carry them.
with carried as (
  select
    source_name,
    item.price.id as price_id,
    expandable_id(item.price.product) as product_id,
    coalesce(item.price.unit_amount_decimal, item.price.unit_amount) as unit_amount,
    item.price.billing_scheme as billing_scheme,
    item.price.recurring.interval as interval_unit,
    item.price.recurring.interval_count as interval_count,
    item.price.recurring.usage_type as usage_type,
    item.price.transform_quantity.divide_by as package_size,
    item.price.transform_quantity.round as package_round,
    row_number() over (partition by source_name, item.price.id order by batch desc, seq desc) as recency
  from (select source_name, batch, seq, unnest(items) as item from core.source_subscription) as version
)
select source_name, price_id, product_id, unit_amount, billing_scheme, interval_unit, interval_count, usage_type, package_size, package_round
from core.source_price
union all
select source_name, price_id, product_id, unit_amount, billing_scheme, interval_unit, interval_count, usage_type, package_size, package_round
from carried
where recency = 1
  and (source_name, price_id) not in (select source_name, price_id from core.source_price where price_id is not null)
