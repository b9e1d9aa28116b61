-- Each time a ticket was solved, or closed without having been solved before (merged), and when it was opened again, if ever.
with ordered as (
  select
    ticket_id, status, previous_status, from_at,
    min(case when status not in ('solved', 'closed') then from_at end) over (
      partition by ticket_id order by from_at, to_at nulls last rows between 1 following and unbounded following
    ) as reopened_at
  from core.ticket_status_span
)
select ticket_id, from_at as solved_at, reopened_at
from ordered
where status = 'solved' or (status = 'closed' and previous_status is distinct from 'solved')
