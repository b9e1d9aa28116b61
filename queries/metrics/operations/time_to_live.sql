-- metric: time_to_live
-- title: Time to go live
-- team: operations
-- dimension: operations
-- kind: driver
-- unit: duration
-- better: lower
-- needs: commitments
-- shape: quantile(0.5)
-- signal: none
-- definition: Median time from a promise's day to its delivery, over promises delivered in the period.
select
  period_day.period_id, commitment.account_id, commitment.commitment_id as entity_id,
  date_diff('day', commitment.promised_on, commitment.delivered_on) * 86400 as value
from core.commitment
join period_day on period_day.local_date = commitment.delivered_on
where commitment.promised_on is not null
