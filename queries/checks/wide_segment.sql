-- check: wide_segment
-- title: Segments with so many values that all but the fifty largest are shown as one
-- severity: warn
-- dimensions: growth, churn
select name as segment, count(*) as values_found, count(*) filter (where label = '(other)') as values_joined
from marts.segment_value
where name in (select name from setting_segment)
group by name
having count(*) > 50
