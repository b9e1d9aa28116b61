-- One row per correction of the identity of accounts.
select source_name, record_key, extracted_at, batch, seq as line,
  nullif(json_extract_string(record, '$.account'), '') as account,
  nullif(json_extract_string(record, '$.system'), '') as system,
  nullif(json_extract_string(record, '$.external_id'), '') as external_id,
  cast(nullif(json_extract_string(record, '$.valid_from'), '') as date) as valid_from
from landing.files_account_map
