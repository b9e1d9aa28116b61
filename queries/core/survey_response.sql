-- Answers of people of known accounts to surveys scored 0 to 10.
select answer.answer_id, link.account_id, answer.score, answer.day as local_date, answer.answered_at
from staging.posthog_survey_answer as answer
join core.account_link as link on link.system = 'product' and link.external_id = answer.group_key
where answer.score between 0 and 10
