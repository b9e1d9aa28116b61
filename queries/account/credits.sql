-- section: credits
-- title: Contractual uptime, twelve months
-- place: 200
-- dimension: operations
-- needs: incidents, billing, uptime_commitments
-- shape: table
-- show: customer
-- columns: from_on date "From", decided_on date "To", plan text "Plan", committed word "Committed", measured word "Measured", state word "State", credit money "Credit owed"
-- order: decided_on desc, plan
-- empty: No uptime was promised to them by contract in these twelve months.
select
  commitment.from_on, commitment.decided_on, commitment.plan,
  -- cut, not rounded: what was missed must not read as what was promised
  cast(cast(commitment.uptime_e9 // 10000 as decimal(18, 0)) * 0.001 as decimal(9, 3)) || ' %' as committed,
  cast(cast(commitment.up_e2 * 100000 // commitment.whole_e2 as decimal(18, 0)) * 0.001 as decimal(9, 3)) || ' %' as measured,
  case when commitment.is_met then 'kept' else 'missed' end as state,
  case when not commitment.is_met then commitment.credit_minor end as credit
from asked
join marts.uptime_commitment as commitment
  on commitment.account_id = asked.account_id and commitment.decided_on < asked.end_on
  and commitment.decided_on >= asked.end_on - interval 12 months
