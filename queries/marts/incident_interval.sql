-- Outage time as a union: where incidents overlap, the heaviest counts. One row per stretch with its weight.
with bound as (
  select started_at as since_at from core.incident where weight_e2 > 0
  union
  select coalesce(resolved_at, setting.as_of_at) from core.incident cross join setting where weight_e2 > 0
),
stretch as (
  select since_at as from_at, lead(since_at) over (order by since_at) as to_at from bound
)
select stretch.from_at, stretch.to_at, max(incident.weight_e2) as weight_e2
from stretch
join core.incident
  on incident.started_at <= stretch.from_at and coalesce(incident.resolved_at, timestamp '9999-12-31') >= stretch.to_at
where stretch.to_at is not null and incident.weight_e2 > 0
group by stretch.from_at, stretch.to_at
