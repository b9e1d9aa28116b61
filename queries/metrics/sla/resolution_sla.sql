-- metric: resolution_sla
-- title: Resolution SLA
-- team: support
-- dimension: sla
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: reopen_rate
-- needs: tickets, resolution_target
-- shape: proportion
-- signal: none
-- definition: Tickets first solved within the target counted from their creation, divided by those decided in the period. A
--    clock belongs to the period in which it was decided: solved, or past its target. Clocks still running within their
--    target are in no figure. Opening a ticket again does not undo the decision: that is the reopen rate's to show.
select
  period_day.period_id, clock.account_id, clock.ticket_id || '-' || clock.instance as entity_id,
  case when clock.is_breached then 0 else 1 end as numerator, 1 as denominator
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.decided_on
where clock.clock = 'resolution'
