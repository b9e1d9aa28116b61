-- Answers of people of known accounts to surveys scored 0 to 10, each once: what was sent after every question may lie on both
-- sides of a midnight at which one page of days ends.
select answer_id, account_id, score, local_date, answered_at
from (
  select
    answer.answer_id, link.account_id, answer.score, answer.day as local_date, answer.answered_at,
    row_number() over (partition by answer.answer_id order by answer.answered_at, answer.day) as place
  from staging.posthog_survey_answer as answer
  join core.account_link as link on link.system = 'product' and link.external_id = answer.group_key
  where answer.score between 0 and 10
) as told
where place = 1
