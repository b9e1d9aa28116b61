-- One row per coupon, as last seen: a deleted one still lowers what its holders pay.
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
  -- of no other products is anything taken off
  case when len(r.applies_to.products) > 0 then r.applies_to.products end as product_ids
from parsed
where not coalesce(r.deleted, false)
