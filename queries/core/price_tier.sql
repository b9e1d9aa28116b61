-- Tiers of tiered prices: units above `from_units` up to `up_to` (NULL: without end) cost unit_amount each and flat_amount once,
-- in minor units; where they are sold in packages of package_size, unit_amount is what one of these costs. From the price list, else from the latest subscription that carries them. What a price has been is never
-- changed: tiers hold for all time.
with listed as (
  select source_name, price_id, tiers_mode, tiers
  from core.source_price
  where len(tiers) > 0
),
carried as (
  select
    source_name,
    item.price.id as price_id,
    item.price.tiers_mode as tiers_mode,
    item.price.tiers as tiers,
    row_number() over (partition by source_name, item.price.id order by batch desc, seq desc) as recency
  from (select source_name, batch, seq, unnest(items) as item from core.source_subscription) as version
  where len(item.price.tiers) > 0
),
known as (
  select source_name, price_id, tiers_mode, tiers from listed
  union all
  select source_name, price_id, tiers_mode, tiers
  from carried
  where recency = 1 and (source_name, price_id) not in (select source_name, price_id from listed)
),
tier as (
  select source_name, price_id, tiers_mode, unnest(tiers) as tier from known
)
select
  source_name,
  price_id,
  tiers_mode,
  coalesce(lag(tier.up_to) over price_order, 0) as from_units,
  tier.up_to as up_to,
  tier.unit_amount as unit_amount,
  tier.flat_amount as flat_amount,
  coalesce(tier.package_size, 1) as package_size
from tier
where tiers_mode in ('graduated', 'volume')
window price_order as (partition by source_name, price_id order by tier.up_to nulls last)
