-- The stretches during which each clock of a ticket runs. A reply clock runs from a question to its answer, a resolution clock
-- from creation to the last time the ticket was solved; status clocks run while the ticket is in the statuses that count
-- (requester wait: new, open, on hold; agent work: new, open). An open stretch has to_at NULL.
select clock_id, ticket_id, clock, instance, started_at as from_at, fulfilled_at as to_at
from marts.clock_life
where clock in ('first_reply', 'next_reply', 'resolution')
union all
select life.clock_id, life.ticket_id, life.clock, life.instance, span.from_at, span.to_at
from marts.clock_life as life
join core.ticket_status_span as span on span.ticket_id = life.ticket_id
where (life.clock = 'requester_wait_time' and span.status in ('new', 'open', 'hold'))
  or (life.clock = 'agent_work_time' and span.status in ('new', 'open'))
