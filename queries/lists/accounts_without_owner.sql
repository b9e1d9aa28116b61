-- list: accounts_without_owner
-- title: Paying accounts nobody looks after
-- dimension: value
-- needs: billing, owner
-- columns: account text "Account", mrr money "MRR", plan text "Plan"
-- order: mrr desc, account_id
with owned as (
  select
    segment.account_id, segment.value, segment.valid_from,
    lead(segment.valid_from, 1, date '9999-12-31') over (
      partition by segment.account_id order by segment.valid_from
    ) as until_on
  from core.account_segment as segment
  join setting on setting.owner_segment = segment.name
)
select
  movement.period_id, movement.account_id, account.name as account, movement.closing_minor as mrr, plan.value as plan
from marts.account_movement as movement
join period on period.period_id = movement.period_id
join core.account on account.account_id = movement.account_id
left join owned
  on owned.account_id = movement.account_id and owned.valid_from < period.end_on and period.end_on <= owned.until_on
left join marts.account_period_segment as plan
  on plan.period_id = movement.period_id and plan.account_id = movement.account_id and plan.way = 'level' and plan.name = 'plan'
where movement.is_live_after and account.is_listed and owned.value is null
