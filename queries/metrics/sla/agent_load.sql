-- metric: agent_load
-- title: Replies per agent
-- team: support
-- dimension: sla
-- kind: driver
-- unit: count
-- better: neutral
-- needs: tickets
-- shape: quantile(0.5, 0.9)
-- signal: none
-- entities: people
-- definition: Public replies by each person of the company who replied in the period: the median, and the 90th percentile beside
--    it. It shows how evenly the work is spread, never who did how much: no one is named, and nothing is shown for a period in
--    which fewer than five people replied.
with replied as (
  select period_day.period_id, comment.author_id, count(*) as replies
  from core.ticket_comment as comment
  asof join day on comment.commented_at >= day.start_at
  join period_day on period_day.local_date = day.local_date
  where comment.is_public and comment.author = 'agent'
  group by period_day.period_id, comment.author_id
),
counted as (
  select
    period_id, replies, count(*) over (partition by period_id) as agents,
    row_number() over (partition by period_id order by replies, author_id) as place
  from replied
)
select period_id, cast(null as varchar) as account_id, cast(place as varchar) as entity_id, replies as value
from counted
where agents >= 5
