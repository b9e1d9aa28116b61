-- One row per clock of a ticket: how long it ran in calendar and in business time, when it passed its target, and when that
-- was decided: decided_at = min(fulfilled_at, breach_at). A clock still running before its target is open: no decided_at.
-- Business time between two instants is the difference of opening seconds counted so far, so pauses and closed hours cost
-- nothing to skip; the breach is the instant at which that count passes the target.
with opening as (
  select start_at, end_at, opened_before_s
  from business_hours
  where schedule_id = coalesce(
    (select default_schedule from setting),
    (select min(schedule_id) from core.schedule_interval)
  )
),
ended as (
  select run.*, coalesce(run.to_at, setting.as_of_at) as until_at
  from marts.clock_run as run
  cross join setting
  where run.from_at <= setting.as_of_at
),
opened_from as (
  select ended.*,
    coalesce(opening.opened_before_s + (epoch_us(least(ended.from_at, opening.end_at)) - epoch_us(opening.start_at)) // 1000000, 0)
      as business_from_s
  from ended
  asof left join opening on ended.from_at >= opening.start_at
),
measured as (
  select opened_from.*,
    (epoch_us(until_at) - epoch_us(from_at)) // 1000000 as calendar_s,
    coalesce(opening.opened_before_s + (epoch_us(least(until_at, opening.end_at)) - epoch_us(opening.start_at)) // 1000000, 0)
      - business_from_s as business_s
  from opened_from
  asof left join opening on opened_from.until_at >= opening.start_at
),
targeted as (
  select
    measured.*, target.target_s,
    coalesce(target.is_business_hours, false) and (select count(*) from opening) > 0 as is_business_hours,
    cast(sum(calendar_s) over earlier - calendar_s as bigint) as calendar_before_s,
    cast(sum(business_s) over earlier - business_s as bigint) as business_before_s
  from measured
  left join core.ticket_target as target on target.ticket_id = measured.ticket_id and target.clock = measured.clock
  window earlier as (
    partition by measured.ticket_id, measured.clock, measured.instance order by measured.from_at
    rows between unbounded preceding and current row
  )
),
crossing as (
  -- the stretch in which the target is passed; an open stretch goes on after now, but what is not yet is not decided
  select *,
    case when is_business_hours then business_from_s + target_s - business_before_s end as breach_opened_s
  from targeted
  where target_s is not null
    and case
      when is_business_hours then business_before_s <= target_s and target_s < business_before_s + business_s
      else calendar_before_s <= target_s and target_s < calendar_before_s + calendar_s
    end
),
breach as (
  select
    crossing.ticket_id, crossing.clock, crossing.instance,
    min(case
      when crossing.is_business_hours then make_timestamp(
        epoch_us(opening.start_at) + (crossing.breach_opened_s - opening.opened_before_s) * 1000000
      )
      else make_timestamp(epoch_us(crossing.from_at) + (crossing.target_s - crossing.calendar_before_s) * 1000000)
    end) as breach_at
  from crossing
  asof left join opening on crossing.breach_opened_s > opening.opened_before_s
  group by crossing.ticket_id, crossing.clock, crossing.instance
),
clock as (
  select
    ticket_id, clock, instance,
    min(from_at) as started_at,
    case when max(fulfilled_at) <= (select as_of_at from setting) then max(fulfilled_at) end as fulfilled_at,
    any_value(target_s) as target_s,
    any_value(is_business_hours) as is_business_hours,
    cast(sum(calendar_s) as bigint) as calendar_s,
    cast(sum(business_s) as bigint) as business_s
  from targeted
  group by ticket_id, clock, instance
),
decided as (
  select
    clock.*, ticket.account_id, ticket.priority,
    breach.breach_at is not null as is_breached,
    breach.breach_at,
    case when clock.target_s is not null then least(clock.fulfilled_at, breach.breach_at) end as decided_at
  from clock
  join core.ticket on ticket.ticket_id = clock.ticket_id
  left join breach
    on breach.ticket_id = clock.ticket_id and breach.clock = clock.clock and breach.instance = clock.instance
)
select
  decided.*,
  -- in opening hours of the schedule tickets follow; calendar time where there is none
  case when (select count(*) from opening) > 0 then business_s else calendar_s end as elapsed_s,
  decided_day.local_date as decided_on, fulfilled_day.local_date as fulfilled_on
from decided
asof left join day as decided_day on decided.decided_at >= decided_day.start_at
asof left join day as fulfilled_day on decided.fulfilled_at >= fulfilled_day.start_at
