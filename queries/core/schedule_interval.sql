-- Weekly opening hours: the helpdesk's schedules and the company's own (source_name NULL). Zones by their IANA names.
select
  schedule.source_name, schedule.schedule_id, coalesce(zone_name.timezone, schedule.time_zone) as timezone, schedule.start_minute, schedule.end_minute
from staging.zendesk_schedule as schedule
left join core.zone_name on zone_name.name = schedule.time_zone
union all
select null, schedule_id, timezone, start_minute, end_minute from setting_schedule
