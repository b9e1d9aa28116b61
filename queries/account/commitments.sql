-- section: commitments
-- title: What was promised to them by a date
-- place: 190
-- dimension: operations
-- needs: commitments
-- shape: table
-- show: customer
-- columns: kind text "Promise", promised date "Promised", due date "Due", delivered date "Delivered", state word "State"
-- order: due desc, commitment_id
-- empty: Nothing was due in the twelve months before, and nothing is due in the ninety days after.
select
  commitment.kind, commitment.promised_on as promised, commitment.due_on as due, commitment.delivered_on as delivered,
  commitment.commitment_id,
  case
    when commitment.delivered_on <= commitment.due_on then 'kept'
    when commitment.delivered_on is not null then 'kept late'
    when commitment.due_on < asked.end_on then 'overdue'
    else 'not due yet'
  end as state
from asked
join core.commitment
  on commitment.account_id = asked.account_id and commitment.due_on >= asked.end_on - interval 12 months
  and commitment.due_on < asked.end_on + 90
  -- what was promised since is not of this period
  and (commitment.promised_on is null or commitment.promised_on < asked.end_on)
