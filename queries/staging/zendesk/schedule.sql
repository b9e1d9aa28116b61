-- One row per weekly interval of a schedule, in minutes since Sunday 00:00 of its zone.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","name":"VARCHAR","time_zone":"VARCHAR","deleted_at":"VARCHAR",
      "intervals":[{"start_time":"BIGINT","end_time":"BIGINT"}]}') as r
  from landing.zendesk_schedules
  where has_shape(record, ['$.intervals[0]'], ['$.intervals'])
),
stretch as (
  select source_name, record_key, extracted_at, batch, r.id, r.name, r.time_zone, r.deleted_at, unnest(r.intervals) as i
  from parsed
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, id) as schedule_id, name, time_zone, i.start_time as start_minute, i.end_time as end_minute
from stretch
where deleted_at is null
