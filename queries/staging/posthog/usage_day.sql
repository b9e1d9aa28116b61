-- One row per company day, account, person and event: counts made where the events live.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"day":"VARCHAR","account":"VARCHAR","person":"VARCHAR","event":"VARCHAR","events":"BIGINT"}') as r
  from landing.posthog_usage_day
)
select source_name, record_key, extracted_at, batch,
  cast(substr(r.day, 1, 10) as date) as day, qualified_id(source_name, nullif(r.account, '')) as group_key,
  qualified_id(source_name, r.person) as person_id, r.event as event,
  r.events as events
from parsed
