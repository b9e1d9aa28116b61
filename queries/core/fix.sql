-- Fixes, and whether each prevents a class of defects rather than mends one. Other kinds are told by a check and count nowhere.
select fix_id, fixed_on as local_date, kind = 'prevention' as is_prevention, title
from staging.files_fix
where kind in ('fix', 'prevention') and fixed_on is not null
