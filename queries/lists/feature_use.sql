-- list: feature_use
-- title: People by what they did, those that lose most first
-- dimension: adoption
-- needs: usage
-- columns: event text "Event", people count "People", before count "People before", accounts count "Accounts", accounts_before count "Accounts before"
-- order: people - before, event
with used as (
  select
    period_day.period_id, usage.event, count(distinct usage.person_id) as people, count(distinct usage.account_id) as accounts
  from core.usage_day as usage
  join period_day on period_day.local_date = usage.local_date
  join period on period.period_id = period_day.period_id and period.window_name = 'period'
  cross join setting
  where usage.account_id is not null
    and (list_contains(setting.meaningful_events, usage.event) or list_contains(setting.feature_events, usage.event))
  group by period_day.period_id, usage.event
),
paired as (
  -- an event that is gone has no row of its own in the period
  select
    period.period_id, event.event, used.people, used.accounts, earlier.people as people_before, earlier.accounts as accounts_before
  from period
  join period as previous
    on previous.grain = period.grain and previous.window_name = 'period' and previous.end_at = period.start_at
  cross join (select distinct event from used) as event
  left join used on used.period_id = period.period_id and used.event = event.event
  left join used as earlier on earlier.period_id = previous.period_id and earlier.event = event.event
  where period.window_name = 'period' and previous.start_on >= (select min(local_date) from core.usage_day)
)
select
  period_id, cast(null as varchar) as account_id, event, coalesce(people, 0) as people, coalesce(people_before, 0) as before,
  coalesce(accounts, 0) as accounts, coalesce(accounts_before, 0) as accounts_before
from paired
where people is not null or people_before is not null
