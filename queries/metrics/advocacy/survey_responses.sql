-- metric: survey_responses
-- title: Survey answers
-- team: customer_success
-- dimension: advocacy
-- kind: driver
-- unit: count
-- better: higher
-- needs: survey
-- shape: distinct
-- signal: none
-- definition: Answers to scored surveys in the period: what the net promoter score rests on.
select period_day.period_id, response.account_id, response.answer_id as entity_id
from core.survey_response as response
join period_day on period_day.local_date = response.local_date
