-- check: unlisted_segment
-- title: segments.csv names segments that [accounts] segments does not list
-- severity: warn
-- dimensions: growth, churn
select segment.name as segment, count(*) as lines
from staging.files_segment as segment
cross join setting
where segment.name is not null
  and (
    segment.name in ('plan', 'size')
    or (segment.name not in (select name from setting_segment) and segment.name is distinct from setting.owner_segment)
  )
group by segment.name
