-- section: billing
-- title: Invoices and payments
-- place: 50
-- dimension: growth
-- needs: invoices
-- shape: facts
-- show: customer
with stretch as (
  select period_id, start_at, end_at, start_on, end_on, true as is_now from asked
  union all
  select previous_id, previous_start_at, start_at, previous_start_on, start_on, false from asked
),
issued as (
  select
    count(*) filter (where is_now) as now, count(*) filter (where not is_now) as before
  from stretch
  cross join asked
  join core.invoice
    on invoice.account_id = asked.account_id and invoice.local_date >= stretch.start_on and invoice.local_date < stretch.end_on
),
attempted as (
  select
    count(*) filter (where is_now) as now, count(*) filter (where is_now and not is_paid) as failed,
    count(*) filter (where not is_now) as before, count(*) filter (where not is_now and not is_paid) as failed_before
  from stretch
  cross join asked
  join core.payment
    on payment.account_id = asked.account_id and payment.local_date >= stretch.start_on and payment.local_date < stretch.end_on
),
credited as (
  select count(*) filter (where is_now) as now, count(*) filter (where not is_now) as before
  from stretch
  cross join asked
  join core.invoice on invoice.account_id = asked.account_id
  join core.credit_note as note
    on note.invoice_id = invoice.invoice_id and note.created_at >= stretch.start_at and note.created_at < stretch.end_at
)
select
  10 as place, 'Invoices issued' as label, 'count' as unit, cast(now as varchar) as value, cast(null as varchar) as whole,
  cast(before as varchar) as before, cast(null as varchar) as before_whole, cast(null as varchar) as note, false as is_headline
from issued
union all
select 20, 'Payments that failed', 'count', cast(failed as varchar), cast(now as varchar), cast(failed_before as varchar), cast(before as varchar),
  case when now = 0 then 'no payment was attempted' end, false
from attempted
union all
select 30, 'Credits granted on invoices', 'count', cast(now as varchar), null, cast(before as varchar), null, null, false
from credited
