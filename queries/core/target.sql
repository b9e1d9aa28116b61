-- Targets by metric, in force from a day on. Only totals' targets are judged; segments' are shown beside them.
select metric, coalesce(segment, '') as segment, coalesce(from_on, date '1900-01-01') as from_on, target
from staging.files_target
where metric is not null and target is not null
