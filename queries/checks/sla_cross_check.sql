-- check: sla_cross_check
-- title: More than one in a hundred first replies are timed otherwise by the helpdesk itself, by over a minute
-- severity: warn
-- dimensions: sla
with theirs as (
  select
    ticket_id, min(event_at) filter (where event_type = 'fulfill') as fulfilled_at,
    min(event_at) filter (where event_type = 'breach') as breach_at
  from staging.zendesk_ticket_metric_event
  cross join setting
  where metric = 'reply_time' and instance_id = 1 and event_type in ('fulfill', 'breach') and not is_deleted
    -- a breach to come is announced
    and event_at <= setting.as_of_at
  group by ticket_id
),
compared as (
  select
    clock.ticket_id, clock.schedule_id, clock.fulfilled_at, theirs.fulfilled_at as their_fulfilled_at,
    clock.breach_at, theirs.breach_at as their_breach_at
  from marts.ticket_clock as clock
  join theirs on theirs.ticket_id = clock.ticket_id
  where clock.clock = 'first_reply'
    -- to the helpdesk a program's reply is a reply
    and clock.ticket_id not in (select ticket_id from core.ticket_comment where author = 'bot' and is_public)
),
breach as (
  -- a target used up at closing time is passed at closing time or at the next opening: no opening hours lie between
  select compared.ticket_id, compared.schedule_id, side.passed_at
  from compared
  cross join lateral (values ('ours', compared.breach_at), ('theirs', compared.their_breach_at)) as side (name, passed_at)
  where compared.breach_at is not null and compared.their_breach_at is not null
),
counted as (
  select
    breach.ticket_id,
    coalesce(
      opening.opened_before_s + (epoch_us(least(breach.passed_at, opening.end_at)) - epoch_us(opening.start_at)) // 1000000,
      epoch_us(breach.passed_at) // 1000000
    ) as seconds
  from breach
  asof left join business_hours as opening on opening.schedule_id = breach.schedule_id and breach.passed_at >= opening.start_at
),
apart as (
  select ticket_id, max(seconds) - min(seconds) as apart_s
  from counted
  group by ticket_id
),
judged as (
  select
    compared.ticket_id,
    -- a reply or a breach that only one side saw is a difference too
    (compared.fulfilled_at is null) <> (compared.their_fulfilled_at is null)
      or coalesce(abs(epoch_us(compared.fulfilled_at) - epoch_us(compared.their_fulfilled_at)) > 60000000, false)
      or (compared.breach_at is null) <> (compared.their_breach_at is null)
      or coalesce(apart.apart_s, 0) > 60 as is_different
  from compared
  left join apart on apart.ticket_id = compared.ticket_id
)
select count(*) filter (where is_different) as different, count(*) as compared
from judged
having count(*) filter (where is_different) * 100 > count(*)
