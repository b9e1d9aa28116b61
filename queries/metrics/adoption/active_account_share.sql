-- metric: active_account_share
-- title: Paying accounts that are active
-- team: product
-- dimension: adoption
-- kind: outcome
-- unit: percent
-- better: higher
-- needs: usage, billing
-- shape: proportion
-- leads: yes
-- at: end
-- signal: value
-- definition: Paying accounts in which someone did at least one meaningful thing in the period, divided by accounts paying at
--    its end. The rest pay for what they do not use, or use it under a name that is matched to no account.
with active as (
  select distinct period_day.period_id, active_day.account_id
  from (select distinct account_id, local_date from marts.account_active_day) as active_day
  join period_day on period_day.local_date = active_day.local_date
)
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  case when active.account_id is null then 0 else 1 end as numerator, 1 as denominator
from marts.account_movement as movement
left join active on active.period_id = movement.period_id and active.account_id = movement.account_id
where movement.is_live_after
