-- Days worth remembering, to be marked on charts: for the metrics of one team, for one metric, or for everybody (NULL).
select event_on as local_date, title, team, metric
from staging.files_event
where event_on is not null and title is not null
