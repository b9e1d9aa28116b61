-- list: commitments_due
-- title: Promises still open: due within thirty days, and overdue
-- dimension: operations
-- needs: commitments
-- columns: account text "Account", kind text "Promise", promised date "Promised", due date "Due", state word "State"
-- order: is_overdue, distance, account_id
select
  period.period_id, commitment.account_id, coalesce(account.name, commitment.account_id) as account, commitment.kind,
  commitment.promised_on as promised, commitment.due_on as due,
  case when commitment.due_on < period.end_on then 'overdue' else 'to be delivered' end as state,
  commitment.due_on < period.end_on as is_overdue, abs(date_diff('day', commitment.due_on, period.end_on)) as distance
from period
join core.commitment
  on commitment.due_on < period.end_on + 30
  and (commitment.delivered_on is null or commitment.delivered_on >= period.end_on)
  and (commitment.promised_on is null or commitment.promised_on < period.end_on)
left join core.account on account.account_id = commitment.account_id
