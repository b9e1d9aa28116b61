-- list: invoices_corrected
-- title: Invoices that had to be corrected
-- dimension: operations
-- needs: invoices
-- columns: account text "Account", invoice text "Invoice", issued date "Issued", how word "How"
-- order: issued, invoice
select
  period_day.period_id, invoice.account_id, coalesce(account.name, invoice.account_id) as account, invoice.invoice_id as invoice,
  invoice.local_date as issued,
  case when invoice.status = 'void' then 'voided' else 'credited' || coalesce(': ' || replace(min(credit.reason), '_', ' '), '') end as how
from core.invoice
join period_day on period_day.local_date = invoice.local_date
left join core.credit_note as credit on credit.invoice_id = invoice.invoice_id
left join core.account on account.account_id = invoice.account_id
where invoice.status = 'void' or credit.invoice_id is not null
group by period_day.period_id, invoice.account_id, account.name, invoice.invoice_id, invoice.local_date, invoice.status
