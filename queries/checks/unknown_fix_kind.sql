-- check: unknown_fix_kind
-- title: Fixes of a kind that is neither fix nor prevention are left out
-- severity: warn
-- dimensions: quality
select kind, count(*) as fixes
from staging.files_fix
where kind not in ('fix', 'prevention') or kind is null
group by kind
