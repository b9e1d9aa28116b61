-- section: missed_targets
-- title: Support targets missed
-- place: 90
-- dimension: sla
-- needs: tickets, sla_target
-- matched: support
-- shape: table
-- show: customer
-- columns: ticket text "Ticket", clock word "What", priority word "Priority", target business_duration "Target", took business_duration "Took", missed date "Missed on", state word "State"
-- order: missed, ticket, clock
-- empty: No target was missed in the period.
select
  clock.ticket_id as ticket, replace(clock.clock, '_', ' ') as clock, clock.priority, clock.target_s as target,
  case when clock.is_business_hours then clock.business_s else clock.calendar_s end as took, clock.decided_on as missed,
  case
    when clock.fulfilled_at is null then 'still open'
    when clock.clock = 'resolution' then 'solved late'
    else 'answered late'
  end as state
from asked
join marts.ticket_clock as clock
  on clock.account_id = asked.account_id and clock.decided_on >= asked.start_on and clock.decided_on < asked.end_on
where clock.is_breached and clock.clock in ('first_reply', 'next_reply', 'resolution')
