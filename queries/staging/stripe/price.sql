-- One row per price, as last seen (a deleted one still has subscribers): gives invoice lines, which name only the price, their billing interval.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","deleted":"BOOLEAN","product":"JSON","currency":"VARCHAR","billing_scheme":"VARCHAR",
      "unit_amount":"VARCHAR","unit_amount_decimal":"VARCHAR",
      "recurring":{"interval":"VARCHAR","interval_count":"BIGINT","usage_type":"VARCHAR"},
      "transform_quantity":{"divide_by":"BIGINT","round":"VARCHAR"},
      "tiers_mode":"VARCHAR","tiers":"JSON"}') as r
  from landing.stripe_prices
  where has_shape(record, ['$.recurring', '$.transform_quantity'], [])
)
select
  source_name, record_key, extracted_at, batch,
  r.id as price_id,
  expandable_id(r.product) as product_id,
  upper(r.currency) as currency,
  r.billing_scheme as billing_scheme,
  -- a cast, as a price that cannot be read must not become one that is missing
  cast(coalesce(nullif(r.unit_amount_decimal, ''), nullif(r.unit_amount, '')) as decimal(28, 12)) as unit_amount,
  r.recurring.interval as interval_unit,
  r.recurring.interval_count as interval_count,
  r.recurring.usage_type as usage_type,
  r.transform_quantity.divide_by as package_size,
  r.transform_quantity.round as package_round,
  r.tiers_mode as tiers_mode,
  price_tiers(r.tiers) as tiers
from parsed
where not coalesce(r.deleted, false)
