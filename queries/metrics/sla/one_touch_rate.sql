-- metric: one_touch_rate
-- title: One-touch tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: higher
-- needs: tickets
-- shape: proportion
-- signal: none
-- definition: Tickets solved in the period with fewer than two public replies by people of the company, divided by tickets
--    solved in the period.
with reply as (
  select ticket_id, count(*) as replies
  from core.ticket_comment
  where is_public and author = 'agent'
  group by ticket_id
)
select
  period_day.period_id, clock.account_id, clock.ticket_id as entity_id,
  case when coalesce(reply.replies, 0) < 2 then 1 else 0 end as numerator, 1 as denominator
from marts.ticket_clock as clock
join period_day on period_day.local_date = clock.fulfilled_on
left join reply on reply.ticket_id = clock.ticket_id
where clock.clock = 'resolution'
