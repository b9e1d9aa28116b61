-- Both ends of every period, with the number of the instant in order of time: neighbours share one.
with edge as (
  select period_id, 'opening' as edge, start_at as edge_at, start_on as at_on from period
  union all
  select period_id, 'closing', end_at, end_on from period
)
select period_id, edge, edge_at, at_on, dense_rank() over (order by edge_at) as edge_no
from edge
