-- One row per credit note.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","customer":"JSON","invoice":"JSON","created":"BIGINT","status":"VARCHAR",
      "total":"BIGINT","amount":"BIGINT","currency":"VARCHAR","reason":"VARCHAR","livemode":"BOOLEAN"}') as r
  from landing.stripe_credit_notes
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as credit_note_id,
  qualified_id(source_name, expandable_id(r.invoice)) as invoice_id,
  r.status as status, coalesce(r.total, r.amount) as total_minor, upper(r.currency) as currency, r.reason as reason,
  utc_from_epoch(r.created) as created_at, coalesce(r.livemode, true) as is_live
from parsed
