-- section: unpaid
-- title: Unpaid at the end of the period
-- place: 60
-- dimension: growth
-- needs: invoices
-- shape: table
-- show: customer
-- columns: invoice text "Invoice", issued date "Issued", due date "Due", amount amount "Amount", attempts count "Attempts", state word "State"
-- order: due nulls last, issued, invoice
-- empty: Nothing was unpaid.
-- note: Attempts are those known today: an API does not say how many there had been on a day.
select
  invoice.invoice_id as invoice, invoice.local_date as issued, due_day.local_date as due,
  invoice.currency || ' ' || (
    case when invoice.status = 'open' then invoice.remaining_minor else invoice.due_minor end
      * case currency.digits when 0 then 1.000 when 2 then 0.010 else 0.001 end
  ) as amount,
  invoice.attempt_count as attempts,
  case
    when invoice.paid_at is not null then 'paid since'
    when invoice.voided_at is not null then 'voided since'
    when invoice.written_off_at is not null then 'written off since'
    when invoice.due_at < asked.end_at then 'overdue'
    when invoice.attempt_count > 0 then 'payment failed'
    else 'not due yet'
  end as state
from asked
join core.invoice
  on invoice.account_id = asked.account_id and invoice.issued_at < asked.end_at
  and (invoice.paid_at is null or invoice.paid_at >= asked.end_at)
  and (invoice.voided_at is null or invoice.voided_at >= asked.end_at)
  and (invoice.written_off_at is null or invoice.written_off_at >= asked.end_at)
join core.currency on currency.currency = invoice.currency
asof left join day as due_day on invoice.due_at >= due_day.start_at
where invoice.due_minor > 0 and invoice.status in ('open', 'paid', 'void', 'uncollectible')
