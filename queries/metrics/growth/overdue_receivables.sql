-- metric: overdue_receivables
-- title: Overdue receivables
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: money
-- better: lower
-- needs: due_invoices
-- shape: level
-- signal: none
-- definition: Issued invoices whose due date had passed at the end of the period and that were neither paid nor voided nor
--    written off by then, at the closing exchange rate. An invoice still open counts with what remains of it, one settled
--    since with all that was due. Invoices without a due date are charged at once: see the payment failure rate.
with owed as (
  select
    invoice_id, account_id, currency, due_at,
    least(
      coalesce(paid_at, timestamp '9999-12-31'),
      coalesce(voided_at, timestamp '9999-12-31'),
      coalesce(written_off_at, timestamp '9999-12-31')
    ) as settled_at,
    greatest(issued_at, due_at) as overdue_at,
    case when status = 'open' then remaining_minor else due_minor end as owed_minor
  from core.invoice
  where due_at is not null
)
select
  period.period_id, owed.account_id, owed.invoice_id as entity_id,
  divide_half_up(owed.owed_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units) as value
from owed
join period on owed.overdue_at < period.end_at and period.end_at <= owed.settled_at
join marts.rate_at as rate on rate.period_id = period.period_id and rate.currency = owed.currency
where owed.owed_minor > 0 and rate.closing_rate_e8 is not null
