-- section: tickets
-- title: Tickets
-- place: 70
-- dimension: sla
-- needs: tickets
-- matched: support
-- shape: facts
-- show: customer
-- note: A reply or solution belongs to the period in which it was decided: given, or past its target. Times are in opening hours.
with stretch as (
  select period_id, start_at, end_at, start_on, end_on, true as is_now from asked
  union all
  select previous_id, previous_start_at, start_at, previous_start_on, start_on, false from asked
),
opened as (
  select count(*) filter (where is_now) as now, count(*) filter (where not is_now) as before
  from stretch
  cross join asked
  join core.ticket
    on ticket.account_id = asked.account_id and ticket.local_date >= stretch.start_on and ticket.local_date < stretch.end_on
),
solved as (
  select
    count(distinct solved.ticket_id) filter (where is_now) as now,
    count(distinct solved.ticket_id) filter (where not is_now) as before,
    median(solved.elapsed_s) filter (where is_now) as took, median(solved.elapsed_s) filter (where not is_now) as took_before
  from stretch
  cross join asked
  join marts.solved_ticket as solved on solved.account_id = asked.account_id and solved.period_id = stretch.period_id
),
standing as (
  select count(distinct span.ticket_id) filter (where is_now) as now, count(distinct span.ticket_id) filter (where not is_now) as before
  from stretch
  cross join asked
  join core.ticket on ticket.account_id = asked.account_id
  join core.ticket_status_span as span
    on span.ticket_id = ticket.ticket_id and span.from_at < stretch.end_at
    and stretch.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
  where span.status in ('new', 'open', 'pending', 'hold')
),
reopened as (
  select count(*) filter (where is_now) as now, count(*) filter (where not is_now) as before
  from stretch
  cross join asked
  join core.ticket on ticket.account_id = asked.account_id
  join core.ticket_status_span as span
    on span.ticket_id = ticket.ticket_id and span.from_at >= stretch.start_at and span.from_at < stretch.end_at
  where span.previous_status = 'solved' and span.status in ('new', 'open', 'pending', 'hold')
),
kept as (
  select
    kind.place, kind.clock, kind.label,
    count(clock.ticket_id) filter (where is_now) as decided,
    count(clock.ticket_id) filter (where is_now and not clock.is_breached) as kept,
    count(clock.ticket_id) filter (where not is_now) as decided_before,
    count(clock.ticket_id) filter (where not is_now and not clock.is_breached) as kept_before
  from (values
    (50, 'first_reply', 'First replies within the target'), (60, 'next_reply', 'Further replies within the target'),
    (70, 'resolution', 'Solved within the target')
  ) as kind(place, clock, label)
  cross join stretch
  cross join asked
  left join marts.ticket_clock as clock
    on clock.account_id = asked.account_id and clock.clock = kind.clock
    and clock.decided_on >= stretch.start_on and clock.decided_on < stretch.end_on
  where kind.clock in (select clock from core.ticket_target where target_s is not null)
  group by kind.place, kind.clock, kind.label
),
replied as (
  select
    count(*) filter (where is_now) as now,
    median(clock.elapsed_s) filter (where is_now) as took, median(clock.elapsed_s) filter (where not is_now) as took_before
  from stretch
  cross join asked
  join marts.ticket_clock as clock
    on clock.account_id = asked.account_id and clock.clock = 'first_reply'
    and clock.fulfilled_on >= stretch.start_on and clock.fulfilled_on < stretch.end_on
),
rated as (
  select
    count(*) filter (where is_now) as now, count(*) filter (where is_now and rating.is_good) as good,
    count(*) filter (where not is_now) as before, count(*) filter (where not is_now and rating.is_good) as good_before
  from stretch
  cross join asked
  join core.ticket on ticket.account_id = asked.account_id
  join core.ticket_rating as rating
    on rating.ticket_id = ticket.ticket_id and rating.local_date >= stretch.start_on and rating.local_date < stretch.end_on
)
select
  10 as place, 'Opened in the period' as label, 'count' as unit, cast(now as varchar) as value, cast(null as varchar) as whole,
  cast(before as varchar) as before, cast(null as varchar) as before_whole, cast(null as varchar) as note, false as is_headline
from opened
union all
select 20, 'Solved', 'count', cast(now as varchar), null, cast(before as varchar), null, null, false from solved
union all
select 30, 'Open tickets at the end', 'count', cast(now as varchar), null, cast(before as varchar), null, null, true from standing
union all
select 40, 'Opened again after they were solved', 'count', cast(now as varchar), null, cast(before as varchar), null, null, false from reopened
union all
select place, label, 'count', cast(kept as varchar), cast(decided as varchar), cast(kept_before as varchar), cast(decided_before as varchar),
  case when decided = 0 then 'none was decided in the period' end, clock = 'first_reply'
from kept
union all
select 80, 'Time to the first reply, median', 'business_duration', cast(round(took) as varchar), null, cast(round(took_before) as varchar), null,
  case when now = 0 then 'no ticket got its first reply' else 'of ' || now || case when now = 1 then ' ticket' else ' tickets' end end, false
from replied
union all
select 90, 'Time to the solution, median', 'business_duration', cast(round(took) as varchar), null, cast(round(took_before) as varchar), null,
  case when now = 0 then 'no ticket was solved' else 'of ' || now || case when now = 1 then ' ticket' else ' tickets' end end, false
from solved
union all
select 100, 'Satisfied, of those who said', 'count', cast(good as varchar), cast(now as varchar), cast(good_before as varchar), cast(before as varchar),
  case when now = 0 then 'nobody rated a ticket in the period' end, false
from rated
