-- Credits granted on invoices of customers.
select credit.credit_note_id, credit.invoice_id, credit.total_minor, credit.reason, credit.created_at
from core.source_credit_note as credit
where credit.is_live and coalesce(credit.status, 'issued') <> 'void'
