-- One row per payment attempt.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","customer":"JSON","created":"BIGINT","status":"VARCHAR","amount":"BIGINT",
      "amount_refunded":"BIGINT","currency":"VARCHAR","livemode":"BOOLEAN","failure_code":"VARCHAR"}') as r
  from landing.stripe_charges
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as charge_id,
  qualified_id(source_name, expandable_id(r.customer)) as customer_id,
  r.status as status, r.amount as charged_minor, r.amount_refunded as refunded_minor, upper(r.currency) as currency,
  r.failure_code as failure_code, utc_from_epoch(r.created) as created_at, coalesce(r.livemode, true) as is_live
from parsed
