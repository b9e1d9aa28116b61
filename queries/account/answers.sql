-- section: answers
-- title: What they said when asked, twelve months
-- place: 160
-- dimension: advocacy
-- needs: survey
-- matched: product
-- shape: table
-- show: internal
-- columns: answered date "Answered", score count "Score, 0 to 10", kind word "Kind", followed date "Got back to on"
-- order: answered desc, score, answer_id
-- empty: Nobody of theirs answered a survey in these twelve months.
-- note: Only scores are pulled, no words and no names.
select
  answer.local_date as answered, answer.score, answer.answer_id,
  case when answer.score >= 9 then 'promoter' when answer.score <= 6 then 'detractor' else 'passive' end as kind,
  detractor.followed_up_on as followed
from asked
join core.survey_response as answer
  on answer.account_id = asked.account_id and answer.local_date < asked.end_on
  and answer.local_date >= asked.end_on - interval 12 months
left join marts.detractor on detractor.answer_id = answer.answer_id
