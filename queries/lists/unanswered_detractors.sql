-- list: unanswered_detractors
-- title: Detractors nobody got back to
-- dimension: advocacy
-- needs: survey, followup
-- columns: account text "Account", score count "Score", answered date "Answered", waiting duration "Waiting", mrr money "MRR"
-- order: answered, account_id
select
  period.period_id, detractor.account_id, coalesce(account.name, detractor.account_id) as account,
  detractor.score, detractor.local_date as answered,
  (epoch_us(period.end_at) - epoch_us(detractor.answered_at)) // 1000000 as waiting,
  movement.closing_minor as mrr
from period
-- after ninety days it is too late to ask
join marts.detractor
  on detractor.answered_at < period.end_at and detractor.local_date >= period.end_on - 90
  and (detractor.followed_up_at is null or detractor.followed_up_at >= period.end_at)
left join core.account on account.account_id = detractor.account_id
left join marts.account_movement as movement
  on movement.period_id = period.period_id and movement.account_id = detractor.account_id
