-- The stretches during which each clock of a ticket runs. Reply clocks run from a question to its answer; status clocks run
-- while the ticket is in the statuses that count (requester wait: new, open, on hold; agent work: new, open; resolution:
-- always, from creation to the last time it was solved). An open stretch has to_at NULL.
with comment as (
  select *, row_number() over (partition by ticket_id order by commented_at, audit_id, position) as place
  from core.ticket_comment
),
reply as (
  -- public comments of people, bots left out; place 1 is the comment that opened the ticket
  select
    ticket_id, commented_at, audit_id, position, author, place,
    lag(author) over (partition by ticket_id order by commented_at, audit_id, position) as previous_author,
    min(case when author = 'agent' then commented_at end) over (
      partition by ticket_id order by commented_at, audit_id, position rows between 1 following and unbounded following
    ) as next_agent_at
  from comment
  where is_public and author <> 'bot'
),
first_reply as (
  -- a ticket that an agent opened with a public comment is answered by the second
  select
    ticket.ticket_id, 'first_reply' as clock, 1 as instance, ticket.created_at as from_at,
    min(reply.commented_at) filter (where reply.author = 'agent' and reply.place > 1) as to_at
  from core.ticket
  left join reply on reply.ticket_id = ticket.ticket_id
  group by ticket.ticket_id, ticket.created_at
),
next_reply as (
  -- the oldest unanswered comment of the requester after an agent's reply
  select
    ticket_id, 'next_reply' as clock,
    row_number() over (partition by ticket_id order by commented_at, audit_id, position) as instance,
    commented_at as from_at, next_agent_at as to_at
  from reply
  where author = 'requester' and previous_author = 'agent'
),
solved as (
  select ticket_id, max(from_at) filter (where status = 'solved') as solved_at,
    bool_or(to_at is null and status in ('solved', 'closed')) as is_solved
  from core.ticket_status_span
  group by ticket_id
),
status_run as (
  select
    span.ticket_id, clock.clock, 1 as instance, span.from_at,
    case
      when clock.clock = 'resolution' and span.from_at < solved.solved_at then least(coalesce(span.to_at, solved.solved_at), solved.solved_at)
      else span.to_at
    end as to_at
  from core.ticket_status_span as span
  join (values ('requester_wait_time'), ('agent_work_time'), ('resolution')) as clock (clock)
    on (clock.clock = 'requester_wait_time' and span.status in ('new', 'open', 'hold'))
    or (clock.clock = 'agent_work_time' and span.status in ('new', 'open'))
    or (clock.clock = 'resolution' and span.status <> 'closed')
  join solved on solved.ticket_id = span.ticket_id
  where not (clock.clock = 'resolution' and solved.is_solved and span.from_at >= solved.solved_at)
)
select ticket_id, clock, instance, from_at, to_at, to_at as fulfilled_at from first_reply
union all
select ticket_id, clock, instance, from_at, to_at, to_at from next_reply
union all
select status_run.ticket_id, status_run.clock, status_run.instance, status_run.from_at, status_run.to_at,
  case when solved.is_solved then solved.solved_at end
from status_run
join solved on solved.ticket_id = status_run.ticket_id
