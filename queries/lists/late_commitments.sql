-- list: late_commitments
-- title: Promises not kept on time
-- dimension: operations
-- needs: commitments
-- columns: account text "Account", kind text "Promise", due date "Due", delivered date "Delivered"
-- order: due, account_id
select
  period_day.period_id, commitment.account_id, coalesce(account.name, commitment.account_id) as account, commitment.kind,
  commitment.due_on as due, commitment.delivered_on as delivered
from core.commitment
join period_day on period_day.local_date = commitment.due_on
left join core.account on account.account_id = commitment.account_id
where commitment.delivered_on is null or commitment.delivered_on > commitment.due_on
