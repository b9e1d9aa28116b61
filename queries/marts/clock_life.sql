-- One row per clock of a ticket: when it started, when it was first fulfilled (which decides it, if its target had not passed),
-- and when it was last: a ticket opened again is resolved anew. Status clocks are fulfilled when the ticket is solved.
-- clock_id is good for this build only.
with reply as (
  -- public comments of people, bots left out; place 1 is the comment that opened the ticket
  select
    ticket_id, commented_at, audit_id, position, author, place,
    lag(author) over (partition by ticket_id order by place) as previous_author,
    min(case when author = 'agent' then commented_at end) over (
      partition by ticket_id order by place rows between 1 following and unbounded following
    ) as next_agent_at
  from (
    select *, row_number() over (partition by ticket_id order by commented_at, audit_id, position) as place
    from core.ticket_comment
  ) as comment
  where is_public and author <> 'bot'
),
first_reply as (
  -- a ticket that an agent opened with a public comment is answered by the second
  select
    ticket.ticket_id, 'first_reply' as clock, 1 as instance, ticket.created_at as started_at,
    min(reply.commented_at) filter (where reply.author = 'agent' and reply.place > 1) as fulfilled_at
  from core.ticket
  left join reply on reply.ticket_id = ticket.ticket_id
  group by ticket.ticket_id, ticket.created_at
),
next_reply as (
  -- the oldest unanswered comment of the requester after an agent's reply
  select
    ticket_id, 'next_reply' as clock, row_number() over (partition by ticket_id order by place) as instance,
    commented_at as started_at, next_agent_at as fulfilled_at
  from reply
  where author = 'requester' and previous_author = 'agent'
),
solved as (
  select
    ticket_id, min(solved_at) as first_solved_at, max(solved_at) as last_solved_at,
    bool_or(reopened_at is null) as is_solved
  from core.ticket_solution
  group by ticket_id
),
status_clock as (
  select
    span.ticket_id, kind.clock, 1 as instance, min(span.from_at) as started_at,
    any_value(solved.first_solved_at) as first_fulfilled_at,
    any_value(case when solved.is_solved then solved.last_solved_at end) as fulfilled_at
  from core.ticket_status_span as span
  join (
    values
      ('requester_wait_time', 'new'), ('requester_wait_time', 'open'), ('requester_wait_time', 'hold'),
      ('agent_work_time', 'new'), ('agent_work_time', 'open')
  ) as kind (clock, status) on kind.status = span.status
  left join solved on solved.ticket_id = span.ticket_id
  group by span.ticket_id, kind.clock
),
resolution as (
  select
    ticket.ticket_id, 'resolution' as clock, 1 as instance, ticket.created_at as started_at,
    solved.first_solved_at as first_fulfilled_at, case when solved.is_solved then solved.last_solved_at end as fulfilled_at
  from core.ticket
  left join solved on solved.ticket_id = ticket.ticket_id
)
select row_number() over () as clock_id, *
from (
  select ticket_id, clock, instance, started_at, fulfilled_at as first_fulfilled_at, fulfilled_at from first_reply
  union all
  select ticket_id, clock, instance, started_at, fulfilled_at, fulfilled_at from next_reply
  union all
  select ticket_id, clock, instance, started_at, first_fulfilled_at, fulfilled_at from status_clock
  union all
  select ticket_id, clock, instance, started_at, first_fulfilled_at, fulfilled_at from resolution
) as clock
