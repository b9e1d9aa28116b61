-- One row per payment attempt; refunds and reversals are none. A deleted one is neither paid nor failed: left out, it would stay
-- as it was.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.transaction'), '{"id":"VARCHAR","customer_id":"VARCHAR","type":"VARCHAR","date":"BIGINT",
      "status":"VARCHAR","amount":"BIGINT","refunded_amount":"BIGINT","currency_code":"VARCHAR","error_code":"VARCHAR",
      "deleted":"BOOLEAN"}') as r
  from landing.chargebee_transactions
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as charge_id, qualified_id(source_name, r.customer_id) as customer_id,
  case
    when r.deleted then 'deleted'
    when r.status = 'success' then 'succeeded'
    when r.status = 'failure' then 'failed'
    else r.status
  end as status,
  r.amount as charged_minor, r.refunded_amount as refunded_minor, upper(r.currency_code) as currency,
  r.error_code as failure_code, utc_from_epoch(r.date) as created_at, true as is_live
from parsed
where r.type = 'payment'
