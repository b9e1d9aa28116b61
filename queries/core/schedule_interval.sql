-- Weekly opening hours: the helpdesk's schedules and the company's own.
select schedule_id, time_zone as timezone, start_minute, end_minute from staging.zendesk_schedule
union all
select schedule_id, timezone, start_minute, end_minute from setting_schedule
