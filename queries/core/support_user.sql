-- One row per user of the helpdesk: the organisation as last known, and whether it was ever seen as an agent. An agent who
-- leaves the company becomes an end user, and what was answered then stays answered.
with version as (
  select
    source_name, user_id, organization_id,
    bool_or(coalesce(role in ('agent', 'admin'), false)) over (partition by source_name, user_id) as is_agent,
    row_number() over (partition by source_name, user_id order by batch desc, seq desc) as recency
  from core.source_support_user
)
select source_name, user_id, organization_id, is_agent
from version
where recency = 1
