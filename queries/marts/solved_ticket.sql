-- Tickets that were solved as a period ended and had become so in it, with how long that took from their creation. A ticket
-- opened again later stays where it was solved first, and is in the period in which it was solved anew too.
select
  period.period_id, ticket.account_id, ticket.ticket_id, solution.solved_at,
  case when piece.schedule_id is null then piece.calendar_before_s else piece.business_before_s end as elapsed_s
from core.ticket_solution as solution
join core.ticket on ticket.ticket_id = solution.ticket_id
asof join day on solution.solved_at >= day.start_at
join period_day on period_day.local_date = day.local_date
join period on period.period_id = period_day.period_id
join marts.clock_piece as piece
  on piece.ticket_id = solution.ticket_id and piece.clock = 'resolution' and piece.from_at = solution.solved_at
where solution.reopened_at is null or solution.reopened_at >= period.end_at
