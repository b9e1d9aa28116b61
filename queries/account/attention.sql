-- section: attention
-- title: Before you meet them
-- place: 10
-- dimension: churn
-- needs: billing
-- shape: table
-- show: internal
-- columns: sign word "Sign", basis word "Based on"
-- order: place, sign
-- empty: No sign of trouble in what is known of them; what is not known is named at the end.
with live as (
  select sum(span.mrr_minor) > 0 as is_paying
  from asked
  join core.subscription_span as span
    on span.account_id = asked.account_id and span.from_at < asked.end_at and asked.end_at <= span.to_at
),
leaving as (
  -- schedules of the past are not kept: the last complete period when the data were pulled
  select min(subscription.scheduled_end_at) as ends_at
  from asked
  cross join setting
  join core.subscription
    on subscription.account_id = asked.account_id and subscription.scheduled_end_at >= asked.end_at
    and subscription.ended_at is null
  where asked.end_at <= setting.as_of_at and setting.as_of_at < asked.end_at + (asked.end_at - asked.start_at)
),
unpaid as (
  select
    count(*) filter (where invoice.due_at < asked.end_at) as overdue,
    count(*) filter (
      where invoice.attempt_count >= case when invoice.paid_at is null then 1 else 2 end
    ) as failed
  from asked
  join core.invoice
    on invoice.account_id = asked.account_id and invoice.issued_at < asked.end_at
    and (invoice.paid_at is null or invoice.paid_at >= asked.end_at)
    and (invoice.voided_at is null or invoice.voided_at >= asked.end_at)
    and (invoice.written_off_at is null or invoice.written_off_at >= asked.end_at)
  where invoice.due_minor > 0
),
breached as (
  select count(*) as clocks
  from asked
  join marts.ticket_clock as clock on clock.account_id = asked.account_id
  where clock.is_breached and clock.clock in ('first_reply', 'next_reply', 'resolution')
    and clock.decided_on >= asked.start_on and clock.decided_on < asked.end_on
),
detractor as (
  select count(*) as answers, max(detractor.local_date) as answered_on
  from asked
  join marts.detractor
    on detractor.account_id = asked.account_id
    and detractor.answered_at < asked.end_at and detractor.local_date >= asked.end_on - 90
    and (detractor.followed_up_at is null or detractor.followed_up_at >= asked.end_at)
  where exists (select 1 from core.followup)
),
active as (
  -- the 28 days that end with the period, and the 28 before
  select
    count(distinct day.local_date) filter (where day.local_date >= asked.end_on - 28) as recent,
    count(distinct day.local_date) filter (where day.local_date < asked.end_on - 28) as earlier
  from asked
  join marts.account_active_day as day
    on day.account_id = asked.account_id and day.local_date >= asked.end_on - 56 and day.local_date < asked.end_on
  where asked.end_on - 56 >= (select min(local_date) from core.usage_day)
),
late as (
  select
    count(*) filter (where commitment.delivered_on is null and commitment.due_on < asked.end_on) as open,
    count(*) filter (
      where commitment.delivered_on > commitment.due_on and commitment.due_on >= asked.start_on
        and commitment.due_on < asked.end_on
    ) as late
  from asked
  join core.commitment on commitment.account_id = asked.account_id
),
credit as (
  select count(*) as missed
  from asked
  join marts.uptime_commitment as commitment on commitment.account_id = asked.account_id
  where not commitment.is_met and commitment.decided_on >= asked.start_on and commitment.decided_on < asked.end_on
),
renewal as (
  select min(renewal.ends_on) as ends_on
  from asked
  join marts.renewal on renewal.account_id = asked.account_id and renewal.period_id = asked.period_id
)
select 1 as place, 'set to end on ' || day.local_date as sign, 'subscription scheduled to end' as basis
from leaving
asof join day on leaving.ends_at >= day.start_at
union all
select 2, overdue || case when overdue = 1 then ' invoice overdue' else ' invoices overdue' end, 'unpaid invoices at the end of the period'
from unpaid where overdue > 0
union all
select 3, failed || case when failed = 1 then ' payment failed and not made good' else ' payments failed and not made good' end,
  'unpaid invoices at the end of the period'
from unpaid where failed > 0
union all
select 4, clocks || case when clocks = 1 then ' missed support target' else ' missed support targets' end, 'replies and solutions decided in the period'
from breached where clocks > 0
union all
select 5, answers || case when answers = 1 then ' detractor nobody got back to' else ' detractors nobody got back to' end,
  'answers of 0 to 6 in ninety days, the last on ' || answered_on
from detractor where answers > 0
union all
select 6, 'use down from ' || earlier || ' to ' || recent || ' days', 'days with meaningful use, 28 days against the 28 before'
from active where recent * 2 < earlier
union all
select 7, open || case when open = 1 then ' promise overdue' else ' promises overdue' end, 'commitments with a date, not delivered'
from late where open > 0
union all
select 8, late || case when late = 1 then ' promise kept late' else ' promises kept late' end, 'commitments due in the period'
from late where late > 0
union all
select 9, 'credit owed for missed uptime', 'contractual uptime decided in the period'
from credit where missed > 0
union all
select 10, 'term ends on ' || ends_on, 'renewals due in ninety days'
from renewal where ends_on is not null
union all
select 11, 'does not pay any more', 'no subscription was live at the end of the period'
from live where is_paying is null
