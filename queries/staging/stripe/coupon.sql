-- One row per coupon, as last seen: a deleted one still lowers what its holders pay. One for certain products lowers the items of
-- them (`limits`, as Chargebee's coupons have them); an amount off certain products together is one off the whole subscription.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","deleted":"BOOLEAN","percent_off":"DECIMAL(9,4)","amount_off":"BIGINT","currency":"VARCHAR",
      "duration":"VARCHAR","applies_to":{"products":["VARCHAR"]}}') as r
  from landing.stripe_coupons
  where has_shape(record, ['$.applies_to'], ['$.applies_to.products'])
)
select source_name, record_key, extracted_at, batch,
  r.id as coupon_id, r.percent_off as percent_off, r.amount_off as off_minor, upper(r.currency) as currency,
  r.duration as duration,
  case when r.percent_off is not null and len(r.applies_to.products) > 0 then [{
    'item_type': cast(null as varchar), 'price_ids': cast(null as varchar[]), 'product_ids': r.applies_to.products,
    'currencies': cast([] as varchar[]), 'family_ids': cast([] as varchar[]), 'interval_units': cast([] as varchar[])
  }] end as limits
from parsed
where not coalesce(r.deleted, false)
