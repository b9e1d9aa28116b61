-- The life of each clock cut into pieces in which nothing changes: whether it runs, which schedule it follows, which target is
-- in force. Each piece knows how much time had run before it. Reply clocks keep the schedule they started with; status clocks
-- follow each change. Business time between two instants is the difference of opening seconds counted so far, so pauses and
-- closed hours cost nothing to skip.
with life as (
  select clock_life.*,
    clock_life.clock in ('first_reply', 'next_reply') as is_reply,
    case
      when clock_life.clock in ('first_reply', 'next_reply') then least(coalesce(clock_life.fulfilled_at, as_of_at), as_of_at)
      else as_of_at
    end as until_at
  from marts.clock_life
  cross join setting
  where clock_life.started_at <= setting.as_of_at
),
change as (
  -- it starts and stops running
  select clock_id, from_at as moment_at, to_at is null or to_at > from_at as is_running,
    cast(null as timestamp) as schedule_from_at, cast(null as timestamp) as helpdesk_from_at,
    cast(null as timestamp) as own_from_at
  from marts.clock_run
  union all
  select clock_id, to_at, false, null, null, null
  from marts.clock_run
  where to_at is not null
  union all
  -- it is fulfilled
  select clock_id, first_fulfilled_at, null, null, null, null
  from life
  where first_fulfilled_at is not null
  union all
  -- each time its ticket is solved
  select life.clock_id, solution.solved_at, null, null, null, null
  from life
  join core.ticket_solution as solution on solution.ticket_id = life.ticket_id
  where life.clock = 'resolution'
  union all
  -- its ticket comes to follow another schedule
  select life.clock_id, greatest(span.from_at, life.started_at), null, span.from_at, null, null
  from life
  join core.ticket_schedule_span as span on span.ticket_id = life.ticket_id
  where span.from_at <= case when life.is_reply then life.started_at else life.until_at end
    and (span.to_at is null or span.to_at > life.started_at)
  union all
  -- the helpdesk applies a target to it, or the company's own begins to hold
  select life.clock_id, greatest(target.from_at, life.started_at), null, null,
    case when target.is_helpdesk then target.from_at end, case when not target.is_helpdesk then target.from_at end
  from life
  join core.ticket_target as target on target.ticket_id = life.ticket_id and target.clock = life.clock
  where coalesce(target.instance, life.instance) = life.instance and target.from_at <= life.until_at
),
moment as (
  -- one row per instant; where a run ends as another begins it goes on, and of several that hold the latest does
  select
    clock_id, moment_at, bool_or(is_running) as is_running, max(schedule_from_at) as schedule_from_at,
    max(helpdesk_from_at) as helpdesk_from_at, max(own_from_at) as own_from_at
  from change
  where moment_at <= (select as_of_at from setting)
  group by clock_id, moment_at
),
carried as (
  -- what does not change stays
  select
    clock_id, moment_at as from_at,
    coalesce(lead(moment_at) over (partition by clock_id order by moment_at), (select as_of_at from setting)) as until_at,
    last_value(is_running ignore nulls) over so_far as is_running,
    max(schedule_from_at) over so_far as schedule_from_at,
    max(helpdesk_from_at) over so_far as helpdesk_from_at,
    max(own_from_at) over so_far as own_from_at
  from moment
  window so_far as (partition by clock_id order by moment_at rows between unbounded preceding and current row)
),
held as (
  -- by clock, so that what follows joins by equality alone: anything else compares each with every other
  select life.clock_id, target.from_at, target.is_helpdesk, target.target_s, target.is_business_hours
  from life
  join core.ticket_target as target on target.ticket_id = life.ticket_id and target.clock = life.clock
  where coalesce(target.instance, life.instance) = life.instance
),
piece as (
  select
    carried.clock_id, life.ticket_id, life.clock, life.instance, carried.from_at, carried.until_at,
    coalesce(carried.is_running, false) as is_running, span.schedule_id, target.target_s,
    target.is_business_hours and span.schedule_id is not null as is_business_hours
  from carried
  join life on life.clock_id = carried.clock_id
  left join core.ticket_schedule_span as span on span.ticket_id = life.ticket_id and span.from_at = carried.schedule_from_at
  left join held as target
    on target.clock_id = carried.clock_id
    and target.from_at = coalesce(carried.helpdesk_from_at, carried.own_from_at)
    and target.is_helpdesk = (carried.helpdesk_from_at is not null)
),
opened_from as (
  select piece.*,
    coalesce(opening.opened_before_s + (epoch_us(least(piece.from_at, opening.end_at)) - epoch_us(opening.start_at)) // 1000000, 0)
      as opened_from_s
  from piece
  asof left join business_hours as opening on opening.schedule_id = piece.schedule_id and piece.from_at >= opening.start_at
),
measured as (
  select opened_from.*,
    case when is_running then (epoch_us(until_at) - epoch_us(from_at)) // 1000000 else 0 end as calendar_s,
    case
      when is_running then coalesce(
        opening.opened_before_s + (epoch_us(least(until_at, opening.end_at)) - epoch_us(opening.start_at)) // 1000000, 0
      ) - opened_from_s
      else 0
    end as business_s
  from opened_from
  asof left join business_hours as opening
    on opening.schedule_id = opened_from.schedule_id and opened_from.until_at >= opening.start_at
)
select
  *,
  cast(sum(calendar_s) over so_far - calendar_s as bigint) as calendar_before_s,
  cast(sum(business_s) over so_far - business_s as bigint) as business_before_s
from measured
window so_far as (partition by clock_id order by from_at rows between unbounded preceding and current row)
