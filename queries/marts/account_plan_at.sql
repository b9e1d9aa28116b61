-- view
-- The plan of each live account at both ends of every period.
select edge.period_id, edge.edge, live.account_id, live.plan
from (
  select account_id, plan, unnest(range(first_edge, last_edge + 1)) as edge_no
  from (select distinct account_id, plan, first_edge, last_edge from marts.account_step) as step
) as live
join marts.period_edge as edge on edge.edge_no = live.edge_no
