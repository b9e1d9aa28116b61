-- list: credits_due
-- title: Credits due for missed uptime
-- dimension: operations
-- needs: incidents, billing, uptime_commitments
-- columns: account text "Account", plan text "Plan", from_on date "From", decided_on date "To", committed word "Committed", measured word "Measured", credit money "Credit"
-- order: credit desc nulls last, account_id
select
  period_day.period_id, commitment.account_id, coalesce(account.name, commitment.account_id) as account, commitment.plan,
  commitment.from_on, commitment.decided_on,
  -- cut, not rounded: what was missed must not read as what was promised
  cast(cast(commitment.uptime_e9 // 10000 as decimal(18, 0)) * 0.001 as decimal(9, 3)) || ' %' as committed,
  cast(cast(commitment.up_e2 * 100000 // commitment.whole_e2 as decimal(18, 0)) * 0.001 as decimal(9, 3)) || ' %' as measured,
  commitment.credit_minor as credit
from marts.uptime_commitment as commitment
join period_day on period_day.local_date = commitment.decided_on
left join core.account on account.account_id = commitment.account_id
where not commitment.is_met
