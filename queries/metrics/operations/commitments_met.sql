-- metric: commitments_met
-- title: Uptime commitments met
-- team: operations
-- dimension: operations
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: incidents
-- needs: incidents, billing, uptime_commitments
-- shape: proportion
-- at: end
-- signal: none
-- definition: Accounts paying at the end of a month on a plan that is promised an uptime ([[operations.commitments]]) and given
--    it in that month, divided by all accounts paying on such a plan. A month counts in the period in which it ends: a week
--    without the end of a month has no figure, a year counts each account twelve times.
select
  period_day.period_id, commitment.account_id,
  commitment.account_id || ' ' || commitment.from_on || ' ' || commitment.decided_on as entity_id,
  case when commitment.is_met then 1 else 0 end as numerator, 1 as denominator
from marts.uptime_commitment as commitment
join period_day on period_day.local_date = commitment.decided_on
