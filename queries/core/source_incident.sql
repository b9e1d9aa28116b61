-- view
-- Incidents as the status page tells them, which is what customers were told. What people were paged for counts as far as it was
-- over before the first of those began; a page that tells of maintenance only, or of what had no impact, tells of none.
select * from staging.statuspage_incident
union all by name
select * from staging.pagerduty_incident
where coalesce(resolved_at, timestamp '9999-12-31') <= (
  select coalesce(min(started_at), timestamp '9999-12-31')
  from staging.statuspage_incident
  where not is_maintenance and impact <> 'none'
)
