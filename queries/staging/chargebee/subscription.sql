-- One row per known version of a subscription: as listed (event_at NULL) and as each event showed it. A plan is one item
-- whatever its price, an addon one by its price; one-off charges are none. Amounts are in minor units, those in decimals
-- (prices below one, broken quantities) in whole units of the currency. Of several versions at one instant the one with the least
-- seq counts: lists come oldest first here, so it falls with the record's own version.
with snapshot as (
  select source_name, record_key, extracted_at, batch, seq, cast(null as timestamp) as event_at,
    json_extract(record, '$.subscription') as subscription
  from landing.chargebee_subscriptions
  union all
  select source_name, json_extract_string(record, '$.event.content.subscription.id'), extracted_at, batch, seq,
    utc_from_epoch(json_extract_string(record, '$.event.occurred_at')), json_extract(record, '$.event.content.subscription')
  from landing.chargebee_events
  where json_extract(record, '$.event.content.subscription') is not null
),
parsed as (
  select source_name, record_key, extracted_at, batch, seq, event_at,
    strictly(subscription, '{"id":"VARCHAR","customer_id":"VARCHAR","status":"VARCHAR","currency_code":"VARCHAR",
      "created_at":"BIGINT","started_at":"BIGINT","start_date":"BIGINT","trial_start":"BIGINT","trial_end":"BIGINT",
      "cancelled_at":"BIGINT","cancel_schedule_created_at":"BIGINT","cancel_reason":"VARCHAR","cancel_reason_code":"VARCHAR",
      "current_term_start":"BIGINT","current_term_end":"BIGINT","billing_period":"BIGINT","billing_period_unit":"VARCHAR",
      "deleted":"BOOLEAN","updated_at":"BIGINT","resource_version":"BIGINT",
      "subscription_items":[{"item_price_id":"VARCHAR","item_type":"VARCHAR","quantity":"BIGINT","free_quantity":"BIGINT",
        "quantity_in_decimal":"VARCHAR","unit_price":"VARCHAR","unit_price_in_decimal":"VARCHAR","amount":"VARCHAR",
        "metered_quantity":"VARCHAR"}],
      "item_tiers":[{"item_price_id":"VARCHAR","ending_unit":"VARCHAR","price":"VARCHAR","price_in_decimal":"VARCHAR",
        "pricing_type":"VARCHAR"}],
      "coupons":[{"coupon_id":"VARCHAR","apply_till":"BIGINT"}],
      "discounts":[{"id":"VARCHAR","coupon_id":"VARCHAR","type":"VARCHAR","percentage":"VARCHAR","amount":"BIGINT",
        "apply_on":"VARCHAR","item_price_id":"VARCHAR","duration_type":"VARCHAR","created_at":"BIGINT","apply_till":"BIGINT"}]
      }') as r
  from snapshot
  where has_shape(subscription, ['$.subscription_items[0]', '$.item_tiers[0]', '$.coupons[0]', '$.discounts[0]'], ['$.subscription_items', '$.item_tiers', '$.coupons', '$.discounts'])
),
granted as (
  -- reductions by coupon name it; others say themselves what they are
  select *, upper(r.currency_code) as currency, minor_units(r.currency_code) as units,
    list_transform(
      list_filter(r.discounts, lambda discount: discount.coupon_id is null),
      lambda discount: {
        'item_price_id': case when discount.apply_on = 'specific_item_price' then discount.item_price_id end,
        'discount': cast(to_json({
          'id': discount.id, 'start': discount.created_at, 'end': discount.apply_till,
          'coupon': {
            'percent_off': case when discount.type = 'percentage' then discount.percentage end,
            'amount_off': case when discount.type = 'fixed_amount' then discount.amount end,
            'duration': case discount.duration_type when 'one_time' then 'once' when 'limited_period' then 'repeating' else discount.duration_type end
          }
        }) as json)
      }
    ) as reductions
  from parsed
)
select
  source_name, record_key, extracted_at, batch, -coalesce(r.resource_version, seq) as seq, event_at,
  qualified_id(source_name, r.id) as subscription_id,
  qualified_id(source_name, r.customer_id) as customer_id,
  case
    -- a deleted one is taken as never having been
    when r.deleted then 'incomplete_expired'
    when r.status = 'future' then 'incomplete'
    when r.status = 'in_trial' then 'trialing'
    when r.status in ('cancelled', 'transferred') then 'canceled'
    else 'active'
  end as status,
  currency,
  utc_from_epoch(r.created_at) as created_at,
  utc_from_epoch(coalesce(r.started_at, r.start_date, r.created_at)) as start_at,
  utc_from_epoch(r.trial_start) as trial_start_at,
  utc_from_epoch(r.trial_end) as trial_end_at,
  utc_from_epoch(coalesce(r.cancel_schedule_created_at, r.cancelled_at)) as canceled_at,
  case when r.status in ('cancelled', 'transferred') then utc_from_epoch(coalesce(r.cancelled_at, r.updated_at)) end as ended_at,
  r.status = 'non_renewing' as is_cancel_at_period_end,
  case when r.status = 'non_renewing' then utc_from_epoch(coalesce(r.cancelled_at, r.current_term_end)) end as cancel_at,
  utc_from_epoch(r.current_term_end) as current_period_end_at,
  r.status = 'paused' as is_paused,
  true as is_live,
  coalesce(r.deleted, false) as is_deleted,
  case
    when r.cancel_reason in ('not_paid', 'no_card') then 'payment_failed'
    when r.status = 'cancelled' then coalesce(r.cancel_reason, 'cancellation_requested')
  end as cancel_reason,
  nullif(r.cancel_reason_code, '') as cancel_feedback,
  list_concat(
    list_transform(coalesce(r.coupons, []), lambda coupon: cast(
      to_json({'id': coupon.coupon_id, 'end': coupon.apply_till, 'coupon': coupon.coupon_id}) as json
    )),
    list_transform(
      list_filter(coalesce(reductions, []), lambda reduction: reduction.item_price_id is null),
      lambda reduction: reduction.discount
    )
  ) as discounts,
  false as is_cut_off,
  list_transform(
    list_filter(r.subscription_items, lambda item: coalesce(item.item_type, 'plan') <> 'charge'),
    lambda item: {
      'id': r.id || '-' || case when item.item_type = 'addon' then item.item_price_id else 'plan' end,
      'quantity': case
        when item.quantity_in_decimal is not null then 1
        else greatest(coalesce(item.quantity, 1) - coalesce(item.free_quantity, 0), 0)
      end,
      'deleted': false,
      -- for the subscription's own term, by the tiers it has
      'amount': cast(nullif(item.amount, '') as bigint),
      'current_period_start': r.current_term_start,
      'current_period_end': r.current_term_end,
      'discounts': list_transform(
        list_filter(coalesce(reductions, []), lambda reduction: reduction.item_price_id = item.item_price_id),
        lambda reduction: reduction.discount
      ),
      'price': {
        'id': item.item_price_id,
        'product': cast(null as json),
        'currency': currency,
        'unit_amount': cast(
          nullif(case when item.quantity_in_decimal is null then item.unit_price else item.amount end, '') as decimal(28, 12)
        ),
        -- a cast, as an amount that cannot be read must not become one that is missing
        'unit_amount_decimal': case
          when item.quantity_in_decimal is null
          then cast(cast(nullif(item.unit_price_in_decimal, '') as decimal(24, 10)) * units as decimal(28, 12))
        end,
        'billing_scheme': case
          when len(list_filter(r.item_tiers, lambda tier: tier.item_price_id = item.item_price_id)) > 0 then 'tiered'
          else 'per_unit'
        end,
        'recurring': {
          'interval': r.billing_period_unit, 'interval_count': r.billing_period,
          'usage_type': case when item.metered_quantity is null then 'licensed' else 'metered' end
        },
        'transform_quantity': {'divide_by': cast(null as bigint), 'round': cast(null as varchar)},
        -- the price list says how tiers are meant
        'tiers_mode': cast(null as varchar),
        'tiers': cast(
          null as struct(up_to bigint, unit_amount decimal(28, 12), flat_amount decimal(28, 12))[]
        )
      }
    }
  ) as items
from granted
where r.id is not null
