-- list: upsell_signals
-- title: Accounts that may want more
-- dimension: growth
-- needs: usage, billing, seats
-- columns: account text "Account", sign word "Sign", people count "Active people", seats count "Seats", mrr money "MRR"
-- order: mrr desc, account_id
with person as (
  select period_day.period_id, active.account_id, count(distinct active.person_id) as people
  from marts.account_active_day as active
  join period_day on period_day.local_date = active.local_date
  group by period_day.period_id, active.account_id
),
seat as (
  select period.period_id, span.account_id, cast(sum(span.quantity) as bigint) as seats
  from period
  join core.subscription_span as span on span.from_at < period.end_at and period.end_at <= span.to_at
  group by period.period_id, span.account_id
),
seen as (
  select
    seat.period_id, seat.account_id, seat.seats, person.people, earlier.people as people_before
  from seat
  join period on period.period_id = seat.period_id
  join person on person.period_id = seat.period_id and person.account_id = seat.account_id
  left join period as previous
    on previous.grain = period.grain and previous.window_name = 'period' and period.window_name = 'period'
    and previous.end_at = period.start_at
  left join person as earlier on earlier.period_id = previous.period_id and earlier.account_id = seat.account_id
)
select
  seen.period_id, seen.account_id, account.name as account,
  case
    when seen.people * 10 >= seen.seats * 9 then 'seats in use'
    else 'from ' || seen.people_before || ' to ' || seen.people || ' active people'
  end as sign,
  seen.people, seen.seats, movement.closing_minor as mrr
from seen
join core.account on account.account_id = seen.account_id
join marts.account_movement as movement on movement.period_id = seen.period_id and movement.account_id = seen.account_id
where movement.is_live_after
  -- nine in ten seats in use, or half as many people again as in the period before, and at least five more
  and (
    seen.people * 10 >= seen.seats * 9
    or (seen.people * 2 >= seen.people_before * 3 and seen.people >= seen.people_before + 5)
  )
