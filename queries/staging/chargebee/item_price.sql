-- One row per price of an item, as last seen. A stairstep is a flat amount for the tier reached; a tier sold in packages has the
-- price of one and how many units are in it.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.item_price'), '{"id":"VARCHAR","item_id":"VARCHAR","currency_code":"VARCHAR",
      "pricing_model":"VARCHAR","price":"VARCHAR","price_in_decimal":"VARCHAR","period":"BIGINT","period_unit":"VARCHAR",
      "usage_accumulation_reset_frequency":"VARCHAR",
      "item_type":"VARCHAR","item_family_id":"VARCHAR",
      "tiers":[{"ending_unit":"VARCHAR","ending_unit_in_decimal":"VARCHAR","price":"VARCHAR","price_in_decimal":"VARCHAR",
        "pricing_type":"VARCHAR","package_size":"BIGINT"}]}') as r
  from landing.chargebee_item_prices
  where has_shape(record, ['$.item_price', '$.item_price.tiers[0]'], ['$.item_price.tiers'])
)
select
  source_name, record_key, extracted_at, batch,
  r.id as price_id,
  r.item_id as product_id,
  upper(r.currency_code) as currency,
  case when r.pricing_model in ('tiered', 'volume', 'stairstep') then 'tiered' else 'per_unit' end as billing_scheme,
  -- a cast, as a price that cannot be read must not become one that is missing
  coalesce(
    cast(nullif(r.price, '') as decimal(28, 12)),
    cast(cast(nullif(r.price_in_decimal, '') as decimal(24, 10)) * minor_units(r.currency_code) as decimal(28, 12))
  ) as unit_amount,
  r.period_unit as interval_unit,
  r.period as interval_count,
  case when r.usage_accumulation_reset_frequency is null then 'licensed' else 'metered' end as usage_type,
  cast(null as bigint) as package_size,
  cast(null as varchar) as package_round,
  case r.pricing_model when 'tiered' then 'graduated' when 'volume' then 'volume' when 'stairstep' then 'volume' end as tiers_mode,
  r.item_type as item_type,
  r.item_family_id as family_id,
  list_transform(
    list_transform(r.tiers, lambda tier: {
      'up_to': cast(cast(coalesce(nullif(tier.ending_unit, ''), nullif(tier.ending_unit_in_decimal, '')) as decimal(28, 10)) as bigint),
      'is_flat': r.pricing_model = 'stairstep' or coalesce(tier.pricing_type, '') = 'flat_fee',
      'amount': coalesce(
        cast(nullif(tier.price, '') as decimal(28, 12)),
        cast(cast(nullif(tier.price_in_decimal, '') as decimal(24, 10)) * minor_units(r.currency_code) as decimal(28, 12)),
        0
      ),
      'package_size': case when tier.pricing_type = 'package' then tier.package_size end
    }),
    lambda tier: {
      'up_to': tier.up_to,
      'unit_amount': cast(case when tier.is_flat then 0 else tier.amount end as decimal(28, 12)),
      'flat_amount': cast(case when tier.is_flat then tier.amount else 0 end as decimal(28, 12)),
      'package_size': tier.package_size
    }
  ) as tiers
from parsed
