-- metric: one_touch_rate
-- title: One-touch tickets
-- team: support
-- dimension: sla
-- kind: driver
-- unit: percent
-- better: higher
-- guardrail: reopen_rate
-- needs: tickets
-- shape: proportion
-- signal: none
-- definition: Tickets solved with fewer than two public replies by people of the company until then, divided by tickets solved
--    in the period and still so at its end. A ticket an agent opened with a public comment has that as its first.
with touched as (
  select solved.period_id, solved.ticket_id, count(*) as replies
  from marts.solved_ticket as solved
  join core.ticket_comment as comment
    on comment.ticket_id = solved.ticket_id and comment.commented_at <= solved.solved_at
  where comment.is_public and comment.author = 'agent'
  group by solved.period_id, solved.ticket_id
)
select
  solved.period_id, solved.account_id, solved.ticket_id as entity_id,
  case when coalesce(touched.replies, 0) < 2 then 1 else 0 end as numerator, 1 as denominator
from marts.solved_ticket as solved
left join touched on touched.period_id = solved.period_id and touched.ticket_id = solved.ticket_id
