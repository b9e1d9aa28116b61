-- One row per invoice, its lines as a list. The subscription moved below `parent` in API 2025-03-31; both are read.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","customer":"JSON","status":"VARCHAR","currency":"VARCHAR","created":"BIGINT",
      "due_date":"BIGINT","total":"BIGINT","amount_due":"BIGINT","amount_paid":"BIGINT","amount_remaining":"BIGINT",
      "attempt_count":"BIGINT","billing_reason":"VARCHAR","livemode":"BOOLEAN","deleted":"BOOLEAN","subscription":"JSON",
      "parent":{"subscription_details":{"subscription":"JSON"}},
      "status_transitions":{"finalized_at":"BIGINT","paid_at":"BIGINT","voided_at":"BIGINT","marked_uncollectible_at":"BIGINT"},
      "lines":{"data":[{"id":"VARCHAR","amount":"BIGINT","currency":"VARCHAR","quantity":"BIGINT","proration":"BOOLEAN",
        "discount_amounts":[{"amount":"BIGINT"}],
        "subscription":"JSON","subscription_item":"VARCHAR","type":"VARCHAR",
        "period":{"start":"BIGINT","end":"BIGINT"},
        "parent":{"type":"VARCHAR","subscription_item_details":{"subscription":"JSON","subscription_item":"VARCHAR",
          "proration":"BOOLEAN"}},
        "pricing":{"unit_amount_decimal":"VARCHAR","price_details":{"price":"JSON","product":"JSON"}},
        "price":"JSON","plan":{"id":"VARCHAR","amount":"VARCHAR","amount_decimal":"VARCHAR"}}]}}') as r
  from landing.stripe_invoices
  where has_shape(record, ['$.parent', '$.parent.subscription_details', '$.status_transitions', '$.lines', '$.lines.data[0]'], ['$.lines.data'])
)
select
  source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as invoice_id,
  qualified_id(source_name, expandable_id(r.customer)) as customer_id,
  qualified_id(
    source_name, coalesce(expandable_id(r.parent.subscription_details.subscription), expandable_id(r.subscription))
  ) as subscription_id,
  r.status as status,
  upper(r.currency) as currency,
  r.billing_reason as billing_reason,
  r.total as total_minor,
  r.amount_due as due_minor,
  r.amount_paid as paid_minor,
  r.amount_remaining as remaining_minor,
  r.attempt_count as attempt_count,
  utc_from_epoch(r.created) as created_at,
  utc_from_epoch(r.due_date) as due_at,
  utc_from_epoch(r.status_transitions.finalized_at) as finalized_at,
  utc_from_epoch(r.status_transitions.paid_at) as paid_at,
  utc_from_epoch(r.status_transitions.voided_at) as voided_at,
  utc_from_epoch(r.status_transitions.marked_uncollectible_at) as written_off_at,
  coalesce(r.livemode, true) as is_live,
  coalesce(r.deleted, false) as is_deleted,
  -- what old API versions call a plan is a price; a cast, as an amount that cannot be read must not become one that is missing
  list_transform(r.lines.data, lambda line: {
    'id': line.id, 'amount': line.amount, 'currency': line.currency, 'quantity': line.quantity, 'proration': line.proration,
    'discounted': coalesce(list_sum(list_transform(line.discount_amounts, lambda discount: discount.amount)), 0),
    'subscription': qualified_id(source_name, expandable_id(line.subscription)), 'subscription_item': line.subscription_item, 'type': line.type, 'period': line.period,
    'parent': {
      'type': line.parent.type,
      'subscription_item_details': {
        'subscription': qualified_id(source_name, expandable_id(line.parent.subscription_item_details.subscription)),
        'subscription_item': line.parent.subscription_item_details.subscription_item,
        'proration': line.parent.subscription_item_details.proration
      }
    },
    'pricing': {
      'unit_amount_decimal': amount_of_text(line.pricing.unit_amount_decimal),
      'price_details': line.pricing.price_details
    },
    'price': {
      'id': coalesce(expandable_id(line.price), line.plan.id),
      'unit_amount': amount_of_text(coalesce(json_extract_string(line.price, '$.unit_amount'), line.plan.amount)),
      'unit_amount_decimal':
        amount_of_text(coalesce(json_extract_string(line.price, '$.unit_amount_decimal'), line.plan.amount_decimal))
    }
  }) as lines
from parsed
