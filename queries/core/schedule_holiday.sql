-- Days without service, first and last included.
select schedule_id, first_on, last_on from staging.zendesk_holiday where first_on is not null and last_on is not null
union all
select schedule_id, holiday_on, holiday_on from setting_holiday
