-- Accounts that churned in a period with the reason closest to it (the owner's before billing's) and who answers for it.
with candidate as (
  select
    movement.period_id, movement.account_id, movement.churn_minor, reason.reason, reason.author,
    row_number() over (
      partition by movement.period_id, movement.account_id
      order by reason.rank nulls last, reason.noted desc, reason.churned_on desc
    ) as preference
  from marts.account_movement as movement
  join period on period.period_id = movement.period_id
  left join core.churn_reason as reason
    on reason.account_id = movement.account_id
    and reason.churned_on >= period.start_on - interval 31 days and reason.churned_on < period.end_on + interval 31 days
  where movement.churn_minor > 0
)
select
  candidate.period_id, candidate.account_id, candidate.churn_minor, candidate.reason,
  coalesce(answering.function_name, 'unattributed') as function_name
from candidate
left join core.churn_function as answering on answering.reason = candidate.reason
where candidate.preference = 1
