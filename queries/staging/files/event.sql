-- One row per company event to annotate.
select source_name, record_key, extracted_at, batch,
  cast(nullif(json_extract_string(record, '$.date'), '') as date) as event_on,
  nullif(json_extract_string(record, '$.title'), '') as title,
  nullif(trim(json_extract_string(record, '$.team')), '') as team,
  nullif(trim(json_extract_string(record, '$.metric')), '') as metric
from landing.files_events
