-- metric: nps
-- title: Net promoter score
-- team: customer_success
-- dimension: advocacy
-- kind: outcome
-- unit: number
-- better: higher
-- guardrail: nps_response_rate
-- needs: survey
-- shape: ratio
-- leads: yes
-- signal: none
-- definition: Share of answers 9 and 10 less share of answers 0 to 6, times 100, over answers given in the period.
select
  period_day.period_id, response.account_id, response.answer_id as entity_id,
  case when response.score >= 9 then 100 when response.score <= 6 then -100 else 0 end as numerator, 1 as denominator
from core.survey_response as response
join period_day on period_day.local_date = response.local_date
