-- One row per company day, survey and account: how often it was shown.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"day":"VARCHAR","survey_id":"VARCHAR","account":"VARCHAR","shown":"BIGINT"}') as r
  from landing.posthog_survey_shown_day
)
select source_name, record_key, extracted_at, batch,
  cast(substr(r.day, 1, 10) as date) as day, qualified_id(source_name, r.survey_id) as survey_id,
  qualified_id(source_name, nullif(r.account, '')) as group_key, r.shown as shown
from parsed
