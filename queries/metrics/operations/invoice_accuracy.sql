-- metric: invoice_accuracy
-- title: Invoice accuracy
-- team: operations
-- dimension: operations
-- kind: driver
-- unit: percent
-- better: higher
-- needs: invoices
-- shape: proportion
-- signal: none
-- definition: Invoices issued in the period that were neither voided nor credited, divided by all issued. Later credits change
--    past periods and are told as restatements.
select
  period_day.period_id, invoice.account_id, invoice.invoice_id as entity_id,
  case
    when invoice.status = 'void' or exists (
      select 1 from core.credit_note as credit where credit.invoice_id = invoice.invoice_id
    ) then 0 else 1
  end as numerator,
  1 as denominator
from core.invoice
join period_day on period_day.local_date = invoice.local_date
