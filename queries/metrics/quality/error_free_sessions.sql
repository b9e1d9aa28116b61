-- metric: error_free_sessions
-- title: Error-free sessions
-- team: product
-- dimension: quality
-- kind: driver
-- unit: percent
-- better: higher
-- needs: sessions
-- shape: proportion
-- signal: value
-- definition: Sessions in which no error was seen, divided by all sessions of the period, counted by day: one that runs past
--    midnight counts on both. Everybody's sessions are in it, also those of no account.
select
  period_day.period_id, cast(null as varchar) as account_id, quality.local_date as entity_id,
  quality.sessions - quality.error_sessions as numerator, quality.sessions as denominator
from core.quality_day as quality
join period_day on period_day.local_date = quality.local_date
