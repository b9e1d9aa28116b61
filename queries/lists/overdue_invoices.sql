-- list: overdue_invoices
-- title: Overdue invoices
-- dimension: growth
-- needs: due_invoices
-- columns: account text "Account", owed money "Owed", invoice text "Invoice", due date "Due", state word "State"
-- order: owed desc nulls last, invoice
with owed as (
  select
    invoice_id, account_id, currency, due_at, paid_at, voided_at, written_off_at,
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
  period.period_id, owed.account_id, coalesce(account.name, owed.account_id) as account, owed.invoice_id as invoice,
  day.local_date as due,
  -- without an exchange rate it is not known what it is worth
  cast(divide_half_up(owed.owed_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units) as bigint)
    as owed,
  case
    when owed.paid_at is not null then 'paid since'
    when owed.voided_at is not null then 'voided since'
    when owed.written_off_at is not null then 'written off since'
    else 'still owed'
  end as state
from owed
join period on owed.overdue_at < period.end_at and period.end_at <= owed.settled_at
asof join day on owed.due_at >= day.start_at
left join marts.rate_at as rate on rate.period_id = period.period_id and rate.currency = owed.currency
left join core.account on account.account_id = owed.account_id
where owed.owed_minor > 0
