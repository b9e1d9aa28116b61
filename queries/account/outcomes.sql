-- section: outcomes
-- title: Recorded benefits
-- place: 150
-- dimension: value
-- needs: outcomes
-- shape: table
-- show: customer
-- columns: recorded date "Recorded", kind word "Kind", hours count "Hours", amount amount "Amount", worth money "Worth"
-- order: recorded desc, outcome_id
-- empty: None in these twelve months.
select
  outcome.recorded_on as recorded, outcome.kind, outcome.outcome_id,
  case when lower(outcome.kind) = 'hours' then outcome.amount end as hours,
  case when lower(outcome.kind) <> 'hours' then coalesce(outcome.currency, setting.currency) || ' ' || outcome.amount end as amount,
  benefit.value_minor as worth
from asked
cross join setting
join core.outcome
  on outcome.account_id = asked.account_id and outcome.recorded_on < asked.end_on
  and outcome.recorded_on >= asked.end_on - interval 12 months
join marts.benefit as benefit on benefit.outcome_id = outcome.outcome_id and benefit.account_id = outcome.account_id
