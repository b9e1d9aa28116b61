-- One row per credit note that corrects an invoice. Credits for a term cut short (a change, a pause, an end) and for debts
-- written off are made by the system in the course of things and correct nothing. A deleted one is void: left out, it would stay
-- as it was.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(json_extract(record, '$.credit_note'), '{"id":"VARCHAR","reference_invoice_id":"VARCHAR","status":"VARCHAR",
      "total":"BIGINT","currency_code":"VARCHAR","reason_code":"VARCHAR","date":"BIGINT","deleted":"BOOLEAN"}') as r
  from landing.chargebee_credit_notes
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as credit_note_id, qualified_id(source_name, r.reference_invoice_id) as invoice_id,
  case when r.status = 'voided' or coalesce(r.deleted, false) then 'void' else 'issued' end as status,
  r.total as total_minor, upper(r.currency_code) as currency, r.reason_code as reason,
  utc_from_epoch(r.date) as created_at, true as is_live
from parsed
where coalesce(r.reason_code, '') not in (
  'write_off', 'subscription_change', 'subscription_cancellation', 'subscription_pause', 'chargeback'
)
