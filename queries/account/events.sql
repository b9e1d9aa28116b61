-- section: events
-- title: What they did
-- place: 130
-- dimension: adoption
-- needs: usage
-- matched: product
-- shape: table
-- show: customer
-- columns: event text "Event", counts word "Counts as use", people count "People", times count "Times", before count "Times before"
-- order: times desc, event
-- empty: Nothing was seen of them in the period.
with stretch as (
  select start_on, end_on, true as is_now from asked
  union all
  select previous_start_on, start_on, false from asked
)
select
  usage.event, case when any_value(list_contains(setting.meaningful_events, usage.event)) then 'yes' else 'no' end as counts,
  count(distinct usage.person_id) filter (where is_now) as people,
  coalesce(sum(usage.events) filter (where is_now), 0) as times, coalesce(sum(usage.events) filter (where not is_now), 0) as before
from stretch
cross join asked
cross join setting
join core.usage_day as usage
  on usage.account_id = asked.account_id and usage.local_date >= stretch.start_on and usage.local_date < stretch.end_on
group by usage.event
