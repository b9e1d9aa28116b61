-- metric: accounts_without_owner
-- title: Customers nobody looks after
-- team: customer_success
-- dimension: value
-- kind: driver
-- unit: percent
-- better: lower
-- needs: billing, owner
-- shape: proportion
-- at: end
-- signal: none
-- definition: Paying accounts without an owner at the end of the period, divided by accounts paying then. Owners are the values
--    of the segment [accounts] owner_segment. Customers deleted in billing before they were first pulled are in neither.
with owned as (
  select
    segment.account_id, segment.value, segment.valid_from,
    lead(segment.valid_from, 1, date '9999-12-31') over (
      partition by segment.account_id order by segment.valid_from
    ) as until_on
  from core.account_segment as segment
  join setting on setting.owner_segment = segment.name
)
select
  movement.period_id, movement.account_id, movement.account_id as entity_id,
  case when owned.value is null then 1 else 0 end as numerator,
  1 as denominator
from marts.account_movement as movement
join period on period.period_id = movement.period_id
join core.account on account.account_id = movement.account_id
left join owned
  on owned.account_id = movement.account_id and owned.valid_from < period.end_on and period.end_on <= owned.until_on
where movement.is_live_after and account.is_listed
