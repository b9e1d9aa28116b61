-- Answers of 0 to 6, each with the first time after it that somebody got back to its account.
with followed as (
  select answer.answer_id, answer.account_id, answer.score, answer.local_date, answer.answered_at, followup.followed_up_at
  from core.survey_response as answer
  asof left join core.followup
    on followup.account_id = answer.account_id and answer.answered_at <= followup.followed_up_at
  where answer.score <= 6 and answer.answered_at is not null
)
select followed.*, day.local_date as followed_up_on
from followed
asof left join day on followed.followed_up_at >= day.start_at
