-- metric: next_reply_sla
-- title: Next-reply SLA
-- team: support
-- dimension: sla
-- kind: outcome
-- unit: percent
-- better: higher
-- guardrail: one_touch_rate
-- needs: tickets, next_reply_target
-- shape: proportion
-- signal: value
-- definition: Follow-up questions of a customer answered publicly within the target, divided by those decided in the period. A
--    clock belongs to the period in which it was decided: answered, or past its target. Clocks still running within
--    their target are in no figure.
select
  period_day.period_id, clock.account_id, clock.ticket_id || '-' || clock.instance as entity_id,
  case when clock.is_breached then 0 else 1 end as numerator, 1 as denominator
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.decided_on
where clock.clock = 'next_reply'
