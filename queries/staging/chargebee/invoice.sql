-- One row per invoice, its lines as a list. One due on its own day is charged at once and so has no due date. A line does not
-- say whether it is a proration (NULL); its unit amount is then prorated too.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.invoice'), '{"id":"VARCHAR","customer_id":"VARCHAR","subscription_id":"VARCHAR",
      "status":"VARCHAR","currency_code":"VARCHAR","date":"BIGINT","due_date":"BIGINT","net_term_days":"BIGINT",
      "recurring":"BOOLEAN","first_invoice":"BOOLEAN","total":"BIGINT","amount_to_collect":"BIGINT","amount_paid":"BIGINT",
      "amount_due":"BIGINT","write_off_amount":"BIGINT","paid_at":"BIGINT","voided_at":"BIGINT","deleted":"BOOLEAN",
      "linked_payments":["JSON"],
      "adjustment_credit_notes":[{"cn_reason_code":"VARCHAR","cn_date":"BIGINT"}],
      "line_items":[{"id":"VARCHAR","subscription_id":"VARCHAR","date_from":"BIGINT","date_to":"BIGINT","amount":"BIGINT",
        "unit_amount":"VARCHAR","quantity":"BIGINT","quantity_in_decimal":"VARCHAR","discount_amount":"BIGINT",
        "entity_type":"VARCHAR","entity_id":"VARCHAR","pricing_model":"VARCHAR"}]}') as r
  from landing.chargebee_invoices
  where has_shape(record, ['$.invoice', '$.invoice.adjustment_credit_notes[0]', '$.invoice.line_items[0]'], ['$.invoice.linked_payments', '$.invoice.adjustment_credit_notes', '$.invoice.line_items'])
),
marked as (
  select *,
    coalesce(r.write_off_amount, 0) > 0 and coalesce(r.amount_due, 0) = 0 as is_written_off,
    list_filter(r.adjustment_credit_notes, lambda note: note.cn_reason_code = 'write_off') as written_off
  from parsed
)
select
  source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as invoice_id,
  qualified_id(source_name, r.customer_id) as customer_id,
  qualified_id(source_name, r.subscription_id) as subscription_id,
  case
    when r.status = 'pending' then 'draft'
    when r.status = 'voided' then 'void'
    when is_written_off then 'uncollectible'
    when r.status = 'paid' then 'paid'
    else 'open'
  end as status,
  upper(r.currency_code) as currency,
  case when r.recurring and r.first_invoice then 'subscription_create' when r.recurring then 'subscription_cycle' else 'manual' end
    as billing_reason,
  r.total as total_minor,
  r.total as due_minor,
  r.amount_paid as paid_minor,
  r.amount_due as remaining_minor,
  cast(coalesce(len(r.linked_payments), 0) as bigint) as attempt_count,
  utc_from_epoch(r.date) as created_at,
  case when coalesce(r.net_term_days, 0) > 0 then utc_from_epoch(r.due_date) end as due_at,
  utc_from_epoch(r.date) as finalized_at,
  case when r.status = 'paid' and not is_written_off then utc_from_epoch(coalesce(r.paid_at, r.date)) end as paid_at,
  utc_from_epoch(r.voided_at) as voided_at,
  case when is_written_off then utc_from_epoch(coalesce(list_max(list_transform(written_off, lambda note: note.cn_date)), r.date)) end
    as written_off_at,
  true as is_live,
  coalesce(r.deleted, false) as is_deleted,
  list_transform(r.line_items, lambda line: {
    'id': line.id, 'amount': line.amount, 'currency': r.currency_code,
    'quantity': case when line.quantity_in_decimal is null then line.quantity else 1 end,
    'proration': cast(null as boolean),
    'discounted': cast(coalesce(line.discount_amount, 0) as hugeint),
    'subscription': cast(null as varchar),
    'subscription_item': cast(null as varchar),
    'type': cast(null as varchar),
    'period': {'start': line.date_from, 'end': line.date_to},
    'parent': {
      'type': line.entity_type,
      'subscription_item_details': {
        'subscription': qualified_id(source_name, line.subscription_id),
        'subscription_item': case
          when line.entity_type = 'plan_item_price' then line.subscription_id || '-plan'
          when line.entity_type = 'addon_item_price' then line.subscription_id || '-' || line.entity_id
        end,
        'proration': cast(null as boolean)
      }
    },
    'pricing': {
      'unit_amount_decimal': cast(
        nullif(
          case
            when line.quantity_in_decimal is not null then cast(line.amount as varchar)
            when coalesce(line.pricing_model, '') not in ('tiered', 'volume', 'stairstep') then line.unit_amount
          end, ''
        ) as decimal(28, 12)
      ),
      'price_details': {'price': cast(to_json(line.entity_id) as json), 'product': cast(null as json)}
    },
    'price': {
      'id': line.entity_id, 'unit_amount': cast(null as decimal(28, 12)), 'unit_amount_decimal': cast(null as decimal(28, 12))
    }
  }) as lines
from marked
where r.id is not null
