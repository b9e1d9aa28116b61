-- One row per coupon, as last seen: a deleted one still lowers what its holders pay. One for certain items only is taken as
-- one for the whole subscription.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.coupon'), '{"id":"VARCHAR","discount_type":"VARCHAR","discount_percentage":"DECIMAL(9,4)",
      "discount_amount":"BIGINT","currency_code":"VARCHAR","duration_type":"VARCHAR"}') as r
  from landing.chargebee_coupons
)
select source_name, record_key, extracted_at, batch,
  r.id as coupon_id,
  case when r.discount_type = 'percentage' then r.discount_percentage end as percent_off,
  case when r.discount_type = 'fixed_amount' then r.discount_amount end as off_minor,
  upper(r.currency_code) as currency,
  case r.duration_type when 'one_time' then 'once' when 'limited_period' then 'repeating' else r.duration_type end as duration
from parsed
