-- list: sla_breaches
-- title: Missed SLA targets
-- dimension: sla
-- needs: tickets, sla_target
-- columns: account text "Account", ticket text "Ticket", clock word "Clock", priority word "Priority", target word "Target", decided date "Missed on", state word "State"
-- order: mrr desc nulls last, ticket, clock, decided, target, state
select
  period_day.period_id, clock.account_id, coalesce(account.name, '(no account)') as account,
  clock.ticket_id as ticket, replace(clock.clock, '_', ' ') as clock, clock.priority,
  case when clock.target_s % 3600 = 0 then clock.target_s // 3600 || ' h' else clock.target_s // 60 || ' min' end
    || case when clock.is_business_hours then ' (business hours)' else '' end as target,
  clock.decided_on as decided,
  case
    when clock.fulfilled_at is null then 'still open'
    when clock.clock = 'resolution' then 'solved late'
    else 'answered late'
  end as state,
  movement.closing_minor as mrr
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.decided_on
left join core.account on account.account_id = clock.account_id
left join marts.account_movement as movement
  on movement.period_id = period_day.period_id and movement.account_id = clock.account_id
where clock.is_breached and clock.clock in ('first_reply', 'next_reply', 'resolution')
