-- One row per target: in force from its day on, for a segment value or (empty) the total.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.metric'), '') as metric,
  nullif(json_extract_string(record, '$.segment'), '') as segment,
  cast(nullif(json_extract_string(record, '$.from'), '') as date) as from_on,
  cast(nullif(json_extract_string(record, '$.value'), '') as decimal(28, 8)) as target
from landing.files_targets
