-- metric: nps_response_rate
-- title: Survey response rate
-- team: customer_success
-- dimension: advocacy
-- kind: driver
-- unit: percent
-- better: higher
-- needs: survey, survey_shown
-- shape: proportion
-- signal: none
-- definition: Answers given in the period to surveys scored 0 to 10, divided by how often such a survey was shown in it, people
--    of known accounts only. Who is shown it again is asked again.
with shown as (
  select period_day.period_id, shown.account_id, sum(shown.shown) as shown
  from core.survey_shown_day as shown
  join period_day on period_day.local_date = shown.local_date
  group by period_day.period_id, shown.account_id
),
answered as (
  select period_day.period_id, response.account_id, count(*) as answers
  from core.survey_response as response
  join period_day on period_day.local_date = response.local_date
  group by period_day.period_id, response.account_id
)
select
  coalesce(shown.period_id, answered.period_id) as period_id,
  coalesce(shown.account_id, answered.account_id) as account_id,
  coalesce(shown.account_id, answered.account_id) as entity_id,
  coalesce(answered.answers, 0) as numerator, coalesce(shown.shown, 0) as denominator
from shown
full join answered on answered.period_id = shown.period_id and answered.account_id = shown.account_id
