-- One row per fix: of a defect, or of what lets a class of defects happen.
select source_name, record_key, extracted_at, batch,
  nullif(json_extract_string(record, '$.fix_id'), '') as fix_id,
  cast(nullif(json_extract_string(record, '$.fixed_on'), '') as date) as fixed_on,
  lower(trim(json_extract_string(record, '$.kind'))) as kind,
  nullif(json_extract_string(record, '$.title'), '') as title
from landing.files_fixes
