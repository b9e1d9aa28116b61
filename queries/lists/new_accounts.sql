-- list: new_accounts
-- title: New customers and how well they fit
-- dimension: fit
-- needs: billing, fit
-- columns: account text "Account", mrr money "MRR", plan text "Plan", score count "Fit score", fits word "Fits"
-- order: mrr desc, account_id
select
  movement.period_id, movement.account_id, account.name as account, movement.closing_minor as mrr, plan.value as plan, fit.score,
  case when fit.is_good_fit then 'yes' else 'no' end as fits
from marts.account_movement as movement
join core.account on account.account_id = movement.account_id
left join marts.account_fit as fit on fit.account_id = movement.account_id
left join marts.account_period_segment as plan
  on plan.period_id = movement.period_id and plan.account_id = movement.account_id and plan.way = 'level' and plan.name = 'plan'
where movement.new_minor > 0
