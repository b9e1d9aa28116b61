-- Accounts that churned in a period with the reason closest to it (the owner's before billing's) and who answers for it.
with gone as (
  -- the day the last of its revenue ended
  select movement.period_id, movement.account_id, movement.churn_minor, max(span.to_at) as left_at
  from marts.account_movement as movement
  join period on period.period_id = movement.period_id
  left join core.subscription_span as span
    on span.account_id = movement.account_id and span.to_at >= period.start_at and span.to_at < period.end_at
  where movement.churn_minor > 0
  group by movement.period_id, movement.account_id, movement.churn_minor
),
dated as (
  select gone.*, day.local_date as left_on
  from gone
  asof left join day on gone.left_at >= day.start_at
),
candidate as (
  select
    dated.period_id, dated.account_id, dated.churn_minor, reason.reason, reason.author,
    row_number() over (
      partition by dated.period_id, dated.account_id
      order by
        reason.rank nulls last, reason.noted desc, abs(date_diff('day', reason.churned_on, dated.left_on)), reason.churned_on desc,
        reason.reason, reason.author
    ) as preference
  from dated
  join period on period.period_id = dated.period_id
  left join core.churn_reason as reason
    on reason.account_id = dated.account_id
    and reason.churned_on >= period.start_on - interval 31 days and reason.churned_on < period.end_on + interval 31 days
)
select
  candidate.period_id, candidate.account_id, candidate.churn_minor, candidate.reason,
  coalesce(answering.function_name, 'unattributed') as function_name
from candidate
left join core.churn_function as answering on answering.reason = candidate.reason
where candidate.preference = 1
