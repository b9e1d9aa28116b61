-- check: unspread_cost
-- title: Costs that end before they begin are left out
-- severity: warn
-- dimensions: operations
select cost_id, from_on, to_on
from staging.files_cost
where coalesce(from_on > to_on, true)
order by cost_id, from_on
