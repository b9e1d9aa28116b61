-- What people of an account did on a day. Groups matched to no account keep account_id NULL.
select usage.day as local_date, link.account_id, usage.group_key, usage.person_id, usage.event, sum(usage.events) as events
from staging.posthog_usage_day as usage
left join core.account_link as link on link.system = 'product' and link.external_id = usage.group_key
group by usage.day, link.account_id, usage.group_key, usage.person_id, usage.event
