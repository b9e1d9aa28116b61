-- The latest answer a customer gave for a ticket; ratings only offered are not answers.
select ticket_id, is_good, rated_at, local_date
from (
  select
    rating.ticket_id, rating.score like 'good%' as is_good, rating.updated_at as rated_at, day.local_date,
    row_number() over (partition by rating.ticket_id order by rating.updated_at desc, rating.rating_id desc) as recency
  from core.source_rating as rating
  asof join day on rating.updated_at >= day.start_at
  where rating.score like 'good%' or rating.score like 'bad%'
) as answered
where recency = 1
