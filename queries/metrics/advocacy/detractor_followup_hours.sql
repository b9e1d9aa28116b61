-- metric: detractor_followup_hours
-- title: Time to get back to a detractor
-- team: customer_success
-- dimension: advocacy
-- kind: driver
-- unit: duration
-- better: lower
-- needs: survey, followup
-- shape: quantile(0.5, 0.9)
-- signal: none
-- definition: Time from an answer of 0 to 6 to the first time somebody got back to its account (followups.csv, or a ticket
--    opened for it with [support] followup_tag), over answers got back to in the period. What still waits is in the list of
--    unanswered detractors.
select
  period_day.period_id, detractor.account_id, detractor.answer_id as entity_id,
  (epoch_us(detractor.followed_up_at) - epoch_us(detractor.answered_at)) // 1000000 as value
from marts.detractor
join period_day on period_day.local_date = detractor.followed_up_on
