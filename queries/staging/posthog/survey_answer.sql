-- One row per survey answer with a score: of a question that is answered in words there is none.
with parsed as (
  select source_name, record_key, extracted_at, batch,
    strictly(record, '{"id":"VARCHAR","survey_id":"VARCHAR","person":"VARCHAR","account":"VARCHAR","score":"VARCHAR",
      "answered_at":"VARCHAR","day":"VARCHAR"}') as r
  from landing.posthog_survey_answers
)
select source_name, record_key, extracted_at, batch,
  qualified_id(source_name, r.id) as answer_id, qualified_id(source_name, r.survey_id) as survey_id,
  qualified_id(source_name, nullif(r.account, '')) as group_key, qualified_id(source_name, r.person) as person_id,
  try_cast(r.score as decimal(9, 2)) as score, cast(substr(r.day, 1, 10) as date) as day,
  utc_from_iso(r.answered_at) as answered_at
from parsed
where try_cast(r.score as decimal(9, 2)) is not null
