-- Days on which someone of an account did something meaningful ([product] meaningful_events).
select distinct usage.account_id, usage.person_id, usage.local_date
from core.usage_day as usage
cross join setting
where usage.account_id is not null and list_contains(setting.meaningful_events, usage.event)
