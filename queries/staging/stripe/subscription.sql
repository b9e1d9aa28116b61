-- One row per known version of a subscription: as listed or fetched (event_at NULL) and as each event showed it.
-- An event's snapshot has the event's own API version, so both places of a moved field are read.
with snapshot as (
  select source_name, record_key, extracted_at, batch, seq, cast(null as timestamp) as event_at, record
  from landing.stripe_subscriptions
  union all
  select source_name, json_extract_string(record, '$.data.object.id'), extracted_at, batch, seq,
    utc_from_epoch(json_extract_string(record, '$.created')), json_extract(record, '$.data.object')
  from landing.stripe_events
  where json_extract_string(record, '$.type') like 'customer.subscription.%'
    and json_extract_string(record, '$.data.object.id') is not null
),
parsed as (
  select source_name, record_key, extracted_at, batch, seq, event_at, record,
    strictly(record, '{"id":"VARCHAR","customer":"JSON","status":"VARCHAR","currency":"VARCHAR","created":"BIGINT",
      "start_date":"BIGINT","trial_start":"BIGINT","trial_end":"BIGINT","canceled_at":"BIGINT","ended_at":"BIGINT",
      "cancel_at":"BIGINT","cancel_at_period_end":"BOOLEAN","livemode":"BOOLEAN","deleted":"BOOLEAN",
      "current_period_start":"BIGINT","current_period_end":"BIGINT",
      "pause_collection":"JSON","cancellation_details":{"reason":"VARCHAR","feedback":"VARCHAR"},
      "discount":"JSON","discounts":["JSON"],
      "items":{"has_more":"BOOLEAN","data":[{"id":"VARCHAR","quantity":"BIGINT","deleted":"BOOLEAN",
        "current_period_start":"BIGINT","current_period_end":"BIGINT","discounts":["JSON"],
        "price":{"id":"VARCHAR","product":"JSON","currency":"VARCHAR","unit_amount":"VARCHAR",
          "unit_amount_decimal":"VARCHAR","billing_scheme":"VARCHAR",
          "recurring":{"interval":"VARCHAR","interval_count":"BIGINT","usage_type":"VARCHAR"},
          "transform_quantity":{"divide_by":"BIGINT","round":"VARCHAR"},
          "tiers_mode":"VARCHAR","tiers":"JSON"},
        "plan":"JSON"}]}}') as r
  from snapshot
),
-- Tiers, and what old API versions call a plan, are read only where there are any: DuckDB makes ready all that is in a lambda for
-- every block of records, also what none of them needs.
priced as (
  select *,
    list_transform(r.items.data, lambda item: {
      'id': item.id, 'quantity': item.quantity, 'deleted': item.deleted,
      'current_period_start': coalesce(item.current_period_start, r.current_period_start),
      'current_period_end': coalesce(item.current_period_end, r.current_period_end), 'discounts': item.discounts,
      'price': case when item.price.id is not null then {
        'id': item.price.id, 'product': item.price.product, 'currency': item.price.currency,
        'unit_amount': amount_of_text(item.price.unit_amount),
        'unit_amount_decimal': amount_of_text(item.price.unit_amount_decimal),
        'billing_scheme': item.price.billing_scheme, 'recurring': item.price.recurring,
        'transform_quantity': item.price.transform_quantity, 'tiers_mode': item.price.tiers_mode,
        'tiers': cast(null as struct(up_to bigint, unit_amount decimal(28, 12), flat_amount decimal(28, 12))[])
      } end
    }) as items,
    len(list_filter(r.items.data, lambda item: item.price.id is null or item.price.tiers is not null)) > 0 as is_unfinished
  from parsed
  -- there are many: one that shows its items, discounts and why it was cancelled need not be parsed again to see that they are such
  where (
      r.items.data[1].id is not null and r.discounts is not null
      and (r.canceled_at is null or coalesce(r.cancellation_details.reason, r.cancellation_details.feedback) is not null)
    )
    or has_shape(record, ['$.cancellation_details', '$.items', '$.items.data[0]'], ['$.discounts', '$.items.data'])
)
select
  source_name, record_key, extracted_at, batch, seq, event_at,
  qualified_id(source_name, r.id) as subscription_id,
  qualified_id(source_name, expandable_id(r.customer)) as customer_id,
  r.status as status,
  upper(
    coalesce(r.currency, r.items.data[1].price.currency, json_extract_string(r.items.data[1].plan, '$.currency'))
  ) as currency,
  utc_from_epoch(r.created) as created_at,
  utc_from_epoch(coalesce(r.start_date, r.created)) as start_at,
  utc_from_epoch(r.trial_start) as trial_start_at,
  utc_from_epoch(r.trial_end) as trial_end_at,
  utc_from_epoch(r.canceled_at) as canceled_at,
  utc_from_epoch(r.ended_at) as ended_at,
  coalesce(r.cancel_at_period_end, false) as is_cancel_at_period_end,
  utc_from_epoch(r.cancel_at) as cancel_at,
  utc_from_epoch(coalesce(r.items.data[1].current_period_end, r.current_period_end)) as current_period_end_at,
  r.pause_collection is not null as is_paused,
  coalesce(r.livemode, true) as is_live,
  coalesce(r.deleted, false) as is_deleted,
  r.cancellation_details.reason as cancel_reason,
  r.cancellation_details.feedback as cancel_feedback,
  list_concat(coalesce(r.discounts, []), case when json_type(r.discount) = 'OBJECT' then [r.discount] else [] end)
    as discounts,
  -- an event shows the first ten items only and says so
  event_at is not null and coalesce(r.items.has_more, false) as is_cut_off,
  -- a plan is read where there is no price; a cast, as an amount that cannot be read must not become one that is missing
  case
    when is_unfinished then list_transform(list_zip(r.items.data, items), lambda pair: struct_update(pair[2], price := case
      when pair[1].price.id is not null
        then struct_update(pair[2].price, tiers := price_tiers(pair[1].price.tiers))
      when pair[1].plan is null then null
      when has_shape(pair[1].plan, ['$.transform_usage'], []) then list_transform([
        strictly(pair[1].plan, '{"id":"VARCHAR","product":"JSON","currency":"VARCHAR","amount":"VARCHAR",
          "amount_decimal":"VARCHAR","billing_scheme":"VARCHAR","interval":"VARCHAR","interval_count":"BIGINT",
          "usage_type":"VARCHAR","transform_usage":{"divide_by":"BIGINT","round":"VARCHAR"},
          "tiers_mode":"VARCHAR","tiers":"JSON"}')
      ], lambda plan: {
        'id': plan.id, 'product': plan.product, 'currency': plan.currency, 'unit_amount': amount_of_text(plan.amount),
        'unit_amount_decimal': amount_of_text(plan.amount_decimal), 'billing_scheme': plan.billing_scheme,
        'recurring': {
          'interval': plan.interval, 'interval_count': plan.interval_count, 'usage_type': plan.usage_type
        },
        'transform_quantity': plan.transform_usage, 'tiers_mode': plan.tiers_mode, 'tiers': price_tiers(plan.tiers)
      })[1]
    end))
    else items
  end as items
from priced
