-- section: incidents
-- title: Incidents in the period
-- place: 210
-- dimension: quality
-- needs: incidents
-- shape: table
-- show: customer
-- columns: name text "Incident", impact word "Impact", started date "Began", lasted duration "Lasted", tickets count "Tickets of theirs by the day after"
-- order: started, name
-- empty: No incident touched the period.
-- note: The status page says what was down, not for whom: tickets they opened from its beginning to a day after its end are counted beside it.
select
  incident.name, incident.impact, incident.local_date as started,
  date_diff('second', incident.started_at, coalesce(incident.resolved_at, setting.as_of_at)) as lasted,
  case
    when exists (select 1 from core.account_link as link where link.system = 'support' and link.account_id = asked.account_id)
    then (
      select count(*) from core.ticket
      where ticket.account_id = asked.account_id and ticket.created_at >= incident.started_at
        and ticket.created_at < coalesce(incident.resolved_at, setting.as_of_at) + interval 1 day
    )
  end as tickets
from asked
cross join setting
join core.incident
  on incident.started_at < asked.end_at and coalesce(incident.resolved_at, timestamp '9999-12-31') > asked.start_at
