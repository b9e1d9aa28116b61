-- Issued invoices of customers (drafts are not issued).
select
  invoice.invoice_id, link.account_id, invoice.status, invoice.currency, invoice.billing_reason, invoice.total_minor,
  invoice.due_minor, invoice.remaining_minor, invoice.attempt_count, coalesce(invoice.finalized_at, invoice.created_at) as issued_at,
  invoice.due_at, invoice.paid_at, invoice.voided_at, invoice.written_off_at, day.local_date
from core.source_invoice as invoice
join core.account_link as link on link.system = 'billing' and link.external_id = invoice.customer_id
asof join day on coalesce(invoice.finalized_at, invoice.created_at) >= day.start_at
where invoice.is_live and not invoice.is_deleted and invoice.status <> 'draft'
