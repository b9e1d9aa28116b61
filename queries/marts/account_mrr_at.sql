-- view
-- MRR per account and currency at both ends of every period.
select
  edge.period_id, edge.edge, edge.at_on, live.account_id, live.currency, live.mrr_minor
from (
  select account_id, currency, mrr_minor, unnest(range(first_edge, last_edge + 1)) as edge_no from marts.account_step
) as live
join marts.period_edge as edge on edge.edge_no = live.edge_no
