-- view
-- Incidents as the status page tells them, which is what customers were told. Only where it tells of none, those people were
-- paged for.
select * from staging.statuspage_incident
union all by name
select * from staging.pagerduty_incident
where not exists (select 1 from staging.statuspage_incident)
