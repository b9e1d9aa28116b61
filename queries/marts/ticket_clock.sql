-- One row per clock of a ticket: how long it ran in calendar and in business time, when it passed its target, and when that
-- was decided: decided_at = min(first fulfilment, breach_at), once and for all. A clock still running before its target is open:
-- no decided_at. breach_at is the first instant at which the time that ran exceeds the target then in force: a target used up
-- as the office closes is passed when it opens again.
with exceeded as (
  -- pieces in which that is so: from their beginning (a tightened target), or from an instant within
  select
    piece.*,
    case when piece.is_business_hours then business_before_s else calendar_before_s end as before_s
  from marts.clock_piece as piece
  join marts.clock_life as life on life.clock_id = piece.clock_id
  where piece.target_s is not null
    and (life.first_fulfilled_at is null or piece.from_at < life.first_fulfilled_at)
    and case when piece.is_business_hours then business_before_s + business_s else calendar_before_s + calendar_s end > target_s
),
dated as (
  select
    exceeded.clock_id, exceeded.target_s, exceeded.is_business_hours,
    case
      when exceeded.before_s > exceeded.target_s then exceeded.from_at
      when exceeded.is_business_hours then make_timestamp(epoch_us(opening.start_at)
        + (exceeded.opened_from_s + exceeded.target_s - exceeded.before_s - opening.opened_before_s) * 1000000)
      else make_timestamp(epoch_us(exceeded.from_at) + (exceeded.target_s - exceeded.before_s) * 1000000)
    end as breach_at
  from exceeded
  asof left join business_hours as opening
    on opening.schedule_id = exceeded.schedule_id
    and exceeded.opened_from_s + exceeded.target_s - exceeded.before_s >= opening.opened_before_s
),
breach as (
  select
    clock_id, min(breach_at) as breach_at, arg_min(target_s, breach_at) as target_s,
    arg_min(is_business_hours, breach_at) as is_business_hours
  from dated
  group by clock_id
),
ran as (
  -- the target in force when it was fulfilled, or now
  select
    piece.clock_id,
    max_by({'s': piece.target_s, 'is_business_hours': piece.is_business_hours}, piece.from_at)
      filter (where piece.from_at <= coalesce(life.first_fulfilled_at, setting.as_of_at)) as target,
    arg_min(piece.schedule_id, piece.from_at) as schedule_id,
    cast(sum(piece.calendar_s) as bigint) as calendar_s, cast(sum(piece.business_s) as bigint) as business_s
  from marts.clock_piece as piece
  join marts.clock_life as life on life.clock_id = piece.clock_id
  cross join setting
  group by piece.clock_id
),
decided as (
  select
    life.ticket_id, life.clock, life.instance, life.started_at,
    case when life.fulfilled_at <= setting.as_of_at then life.fulfilled_at end as fulfilled_at,
    ran.schedule_id, ran.calendar_s, ran.business_s,
    case when breach.breach_at is null then ran.target.s else breach.target_s end as target_s,
    coalesce(case when breach.breach_at is null then ran.target.is_business_hours else breach.is_business_hours end, false)
      as is_business_hours,
    breach.breach_at is not null as is_breached, breach.breach_at,
    case
      when breach.breach_at is not null then breach.breach_at
      when ran.target.s is not null and life.first_fulfilled_at <= setting.as_of_at then life.first_fulfilled_at
    end as decided_at
  from ran
  join marts.clock_life as life on life.clock_id = ran.clock_id
  cross join setting
  left join breach on breach.clock_id = ran.clock_id
)
select
  decided.*, ticket.account_id, span.priority,
  -- in opening hours of the schedules its ticket followed; calendar time where there is none
  case when decided.schedule_id is null then decided.calendar_s else decided.business_s end as elapsed_s,
  decided_day.local_date as decided_on, fulfilled_day.local_date as fulfilled_on
from decided
join core.ticket on ticket.ticket_id = decided.ticket_id
cross join setting
-- as it was when that was decided
asof left join core.ticket_state_span as span
  on span.ticket_id = decided.ticket_id and coalesce(decided.decided_at, setting.as_of_at) >= span.from_at
asof left join day as decided_day on decided.decided_at >= decided_day.start_at
asof left join day as fulfilled_day on decided.fulfilled_at >= fulfilled_day.start_at
