-- One row per coupon, as last seen: a deleted one still lowers what its holders pay. One for certain items lowers those that meet
-- any of its `limits`; without (NULL) it is one for the whole subscription, and so is an amount off certain items together.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.coupon'), '{"id":"VARCHAR","discount_type":"VARCHAR","discount_percentage":"DECIMAL(9,4)",
      "discount_amount":"BIGINT","discount_quantity":"BIGINT","currency_code":"VARCHAR","duration_type":"VARCHAR",
      "apply_on":"VARCHAR",
      "item_constraints":[{"item_type":"VARCHAR","constraint":"VARCHAR","item_price_ids":["VARCHAR"]}],
      "item_constraint_criteria":[{"item_type":"VARCHAR","currencies":["VARCHAR"],"item_family_ids":["VARCHAR"],
        "item_price_periods":["VARCHAR"]}]}') as r
  from landing.chargebee_coupons
  where has_shape(record, ['$.coupon', '$.coupon.item_constraints[0]', '$.coupon.item_constraint_criteria[0]'], ['$.coupon.item_constraints', '$.coupon.item_constraint_criteria'])
)
select source_name, record_key, extracted_at, batch,
  r.id as coupon_id,
  case when r.discount_type = 'percentage' then r.discount_percentage end as percent_off,
  case when r.discount_type = 'fixed_amount' then r.discount_amount end as off_minor,
  case when r.discount_type = 'offer_quantity' then r.discount_quantity end as off_units,
  upper(r.currency_code) as currency,
  case r.duration_type when 'one_time' then 'once' when 'limited_period' then 'repeating' else r.duration_type end as duration,
  case
    when r.apply_on in ('each_specified_item', 'each_unit_of_specified_items')
      or (r.apply_on = 'specified_items_total' and r.discount_type = 'percentage')
    then flatten(list_transform(
      list_filter(r.item_constraints, lambda named: named."constraint" <> 'none'),
      lambda named: list_transform(
        case
          when named."constraint" = 'criteria'
          then list_filter(coalesce(r.item_constraint_criteria, []), lambda criteria: criteria.item_type = named.item_type)
          -- one that asks for nothing
          else [{
            'item_type': named.item_type, 'currencies': cast([] as varchar[]), 'item_family_ids': cast([] as varchar[]),
            'item_price_periods': cast([] as varchar[])
          }]
        end,
        lambda criteria: {
          'item_type': named.item_type,
          'price_ids': case when named."constraint" = 'specific' then coalesce(named.item_price_ids, []) end,
          'currencies': coalesce(criteria.currencies, []),
          'family_ids': coalesce(criteria.item_family_ids, []),
          'interval_units': coalesce(criteria.item_price_periods, [])
        }
      )
    ))
  end as limits,
  coalesce(r.apply_on = 'each_unit_of_specified_items', false) as is_off_each_unit
from parsed
