-- One row per holiday of a schedule: whole local days, both ends included.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","name":"VARCHAR","_parent":"VARCHAR","start_date":"VARCHAR","end_date":"VARCHAR"}') as r
  from landing.zendesk_holidays
  where record_key is not null
)
select source_name, record_key, extracted_at, batch,
  r.id as holiday_id, qualified_id(source_name, r._parent) as schedule_id, r.name as name,
  cast(substr(r.start_date, 1, 10) as date) as first_on, cast(substr(r.end_date, 1, 10) as date) as last_on
from parsed
