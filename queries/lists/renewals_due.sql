-- list: renewals_due
-- title: Renewals due in 90 days
-- dimension: churn
-- needs: billing
-- columns: account text "Account", ends date "Ends", mrr money "MRR", plan text "Plan", state word "State"
-- order: ends, mrr desc, account_id
select
  renewal.period_id, renewal.account_id, account.name as account, renewal.ends_on as ends,
  cast(sum(renewal.mrr_minor) as bigint) as mrr,
  any_value(plan.value) as plan,
  case
    when bool_or(subscription.ended_at is null and subscription.scheduled_end_at is not null) then 'set to end'
    when bool_or(subscription.ended_at is not null) then 'has ended since'
    else 'to be renewed'
  end as state
from marts.renewal as renewal
join core.account on account.account_id = renewal.account_id
left join core.subscription as subscription on subscription.subscription_id = renewal.subscription_id
left join marts.account_period_segment as plan
  on plan.period_id = renewal.period_id and plan.account_id = renewal.account_id and plan.way = 'level' and plan.name = 'plan'
group by renewal.period_id, renewal.account_id, account.name, renewal.ends_on
