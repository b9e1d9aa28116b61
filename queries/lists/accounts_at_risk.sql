-- list: accounts_at_risk
-- title: Paying accounts at risk
-- dimension: churn
-- needs: billing
-- columns: account text "Account", signs word "Signs", mrr money "MRR"
-- order: sign_count desc, mrr desc nulls last, account_id
with use_day as (
  -- the 28 days that end with the period, and the 28 before
  select
    period.period_id, cast(period.end_on - to_days(cast(back.days as integer)) as date) as local_date,
    back.days <= 28 as is_recent
  from period
  cross join (select unnest(range(1, 57)) as days) as back
  where period.end_on - 56 >= (select min(local_date) from core.usage_day)
),
active as (
  select
    use_day.period_id, active_day.account_id,
    count(*) filter (where use_day.is_recent) as recent_days,
    count(*) filter (where not use_day.is_recent) as earlier_days
  from use_day
  join (select distinct account_id, local_date from marts.account_active_day) as active_day
    on active_day.local_date = use_day.local_date
  group by use_day.period_id, active_day.account_id
),
breached as (
  select period_day.period_id, clock.account_id, count(*) as clocks
  from marts.ticket_clock as clock
  join period_day on period_day.local_date = clock.decided_on
  where clock.is_breached and clock.clock in ('first_reply', 'next_reply', 'resolution') and clock.account_id is not null
  group by period_day.period_id, clock.account_id
),
detractor as (
  -- as in the list of those nobody got back to; where it is recorded nowhere, it cannot be told
  select distinct period.period_id, detractor.account_id
  from period
  join marts.detractor
    on detractor.answered_at < period.end_at and detractor.local_date >= period.end_on - 90
    and (detractor.followed_up_at is null or detractor.followed_up_at >= period.end_at)
  where exists (select 1 from core.followup)
),
unpaid as (
  -- attempted, and not paid by the end; one paid later had failed if it took more than one attempt
  select distinct period.period_id, invoice.account_id
  from core.invoice
  join period
    on invoice.issued_at < period.end_at and (invoice.paid_at is null or invoice.paid_at >= period.end_at)
    and (invoice.voided_at is null or invoice.voided_at >= period.end_at)
  where invoice.status in ('open', 'paid', 'void')
    and invoice.attempt_count >= case when invoice.paid_at is null then 1 else 2 end
),
leaving as (
  -- schedules of the past are not kept: the last complete period when the data were pulled
  select period.period_id, subscription.account_id, min(subscription.scheduled_end_at) as ends_at
  from period
  cross join setting
  join core.subscription on subscription.scheduled_end_at >= period.end_at and subscription.ended_at is null
  where period.end_at <= setting.as_of_at and setting.as_of_at < period.end_at + (period.end_at - period.start_at)
  group by period.period_id, subscription.account_id
),
sign as (
  select period_id, account_id, 1 as place, 'days of use in four weeks down from ' || earlier_days || ' to ' || recent_days as sign
  from active
  where recent_days * 2 < earlier_days
  union all
  select period_id, account_id, 2, clocks || case when clocks = 1 then ' missed SLA target' else ' missed SLA targets' end
  from breached
  union all
  select period_id, account_id, 3, 'detractor nobody got back to' from detractor
  union all
  select period_id, account_id, 4, 'failed payment not made good' from unpaid
  union all
  select leaving.period_id, leaving.account_id, 5, 'set to end on ' || day.local_date
  from leaving
  asof join day on leaving.ends_at >= day.start_at
),
signed as (
  select period_id, account_id, count(*) as sign_count, string_agg(sign, ', ' order by place) as signs
  from sign
  group by period_id, account_id
)
select
  signed.period_id, signed.account_id, account.name as account, signed.signs, signed.sign_count, movement.closing_minor as mrr
from signed
join marts.account_movement as movement
  on movement.period_id = signed.period_id and movement.account_id = signed.account_id and movement.is_live_after
join core.account on account.account_id = signed.account_id
