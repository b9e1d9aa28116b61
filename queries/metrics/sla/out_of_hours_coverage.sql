-- metric: out_of_hours_coverage
-- title: Out-of-hours coverage
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: neutral
-- guardrail: first_reply_sla
-- needs: tickets, schedule
-- shape: proportion
-- signal: none
-- definition: Tickets created outside the opening hours of the schedule they followed then whose first public reply by a person
--    came before it opened again, divided by such tickets whose schedule opened again in the period. Bots do not count.
with created as (
  -- the stretch that began last, if it has not ended, is an open one
  select
    clock.ticket_id, clock.account_id, clock.fulfilled_at, clock.schedule_id, clock.started_at
  from marts.ticket_clock as clock
  asof left join business_hours as opening
    on opening.schedule_id = clock.schedule_id and clock.started_at >= opening.start_at
  where clock.clock = 'first_reply' and clock.schedule_id is not null
    and (opening.end_at is null or clock.started_at >= opening.end_at)
),
opened as (
  select created.*, opening.start_at as opened_at
  from created
  asof join business_hours as opening
    on opening.schedule_id = created.schedule_id and created.started_at < opening.start_at
  cross join setting
  where opening.start_at <= setting.as_of_at
)
select
  period_day.period_id, opened.account_id, opened.ticket_id as entity_id,
  case when opened.fulfilled_at < opened.opened_at then 1 else 0 end as numerator, 1 as denominator
from opened
asof join day on opened.opened_at >= day.start_at
join period_day on period_day.local_date = day.local_date
