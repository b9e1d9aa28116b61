-- metric: backlog_age_p90
-- title: Age of open tickets, 90th percentile
-- team: support
-- dimension: sla
-- kind: driver
-- unit: duration
-- better: lower
-- guardrail: reopen_rate
-- needs: tickets
-- shape: quantile(0.9)
-- at: end
-- signal: none
-- definition: Calendar time from creation to the end of the period, over tickets new, open, pending or on hold at that end: nine
--    in ten are younger. The oldest are what an average hides.
select
  period.period_id, ticket.account_id, ticket.ticket_id as entity_id,
  (epoch_us(period.end_at) - epoch_us(ticket.created_at)) // 1000000 as value
from period
join core.ticket_status_span as span
  on span.from_at < period.end_at and period.end_at <= coalesce(span.to_at, timestamp '9999-12-31')
join core.ticket on ticket.ticket_id = span.ticket_id
where span.status in ('new', 'open', 'pending', 'hold')
