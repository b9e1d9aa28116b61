-- section: renewals
-- title: Terms that end within ninety days
-- place: 180
-- dimension: churn
-- needs: billing
-- shape: table
-- show: internal
-- columns: ends date "Ends", mrr money "MRR", state word "State"
-- order: ends, mrr desc
-- empty: No term of more than six months ends within ninety days.
select
  renewal.ends_on as ends, cast(sum(renewal.mrr_minor) as bigint) as mrr,
  case
    when bool_or(subscription.ended_at is null and subscription.scheduled_end_at is not null) then 'set to end'
    when bool_or(subscription.ended_at is not null) then 'has ended since'
    else 'to be renewed'
  end as state
from asked
join marts.renewal as renewal on renewal.period_id = asked.period_id and renewal.account_id = asked.account_id
left join core.subscription as subscription on subscription.subscription_id = renewal.subscription_id
group by renewal.ends_on
