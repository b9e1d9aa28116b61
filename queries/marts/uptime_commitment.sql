-- Whether the uptime promised to a plan ([[operations.commitments]]) was kept, for every account paying on that plan at the end
-- of a commitment's month, quarter or year. It is decided when that ends: decided_on is its last day. The credit is the agreed
-- share of the account's MRR then, at the rate then; NULL where a rate is not known.
with stretch as (
  select
    promised.period, min(day.local_date) as from_on, max(day.local_date) as decided_on,
    min(day.start_at) as start_at, max(day.end_at) as end_at
  from (select distinct period from setting_uptime_commitment) as promised
  cross join day
  group by promised.period, date_trunc(promised.period, day.local_date)
),
ended as (
  select stretch.*
  from stretch
  cross join setting
  where stretch.end_at <= setting.as_of_at
    and stretch.end_at > (select min(started_at) from core.incident)
    and stretch.decided_on in (select local_date from period_day)
),
outage as (
  select
    ended.period, ended.decided_on,
    sum(
      (epoch_ms(least(outage_span.to_at, ended.end_at)) - epoch_ms(greatest(outage_span.from_at, ended.start_at))) * outage_span.weight_e2
    ) as lost_e2
  from ended
  join marts.incident_interval as outage_span on outage_span.from_at < ended.end_at and outage_span.to_at > ended.start_at
  group by ended.period, ended.decided_on
),
measured as (
  select
    ended.period, ended.from_on, ended.decided_on, ended.end_at,
    cast(100 * (epoch_ms(ended.end_at) - epoch_ms(ended.start_at)) - coalesce(outage.lost_e2, 0) as hugeint) as up_e2,
    cast(100 * (epoch_ms(ended.end_at) - epoch_ms(ended.start_at)) as hugeint) as whole_e2
  from ended
  left join outage on outage.period = ended.period and outage.decided_on = ended.decided_on
),
latest_rate as (
  select
    currency.currency, max_by(rate.rate_e8, rate.rate_on) as rate_e8,
    case currency.digits when 0 then 1 when 2 then 100 else 1000 end as units
  from core.currency
  join core.fx_rate as rate on rate.currency = currency.currency
  group by currency.currency, currency.digits
),
live as (
  -- live at the end: from < end <= to. The plan is that of the largest item, items in other currencies at the latest rate.
  select
    measured.period, measured.decided_on, span.account_id, span.currency, span.mrr_minor,
    coalesce(plan.plan, span.product_id, '(none)') as plan,
    row_number() over (
      partition by measured.period, measured.decided_on, span.account_id
      order by coalesce(span.mrr_minor * latest_rate.rate_e8 * 1000 // latest_rate.units, 0) desc, span.mrr_minor desc, span.item_id
    ) as size_rank
  from measured
  join core.subscription_span as span on span.from_at < measured.end_at and measured.end_at <= span.to_at
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
  left join latest_rate on latest_rate.currency = span.currency
),
paying as (
  select
    period, decided_on, account_id, currency, sum(mrr_minor) as mrr_local,
    max(case when size_rank = 1 then plan end) as plan
  from live
  group by period, decided_on, account_id, currency
),
valued as (
  select
    paying.period, paying.decided_on, paying.account_id, max(paying.plan) as plan,
    -- one currency without a rate leaves the whole unknown
    case when bool_and(fx_rate.rate_e8 is not null) then sum(divide_half_up(
      paying.mrr_local * fx_rate.rate_e8 * (case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end),
      cast(100000000 as hugeint) * (case currency.digits when 0 then 1 when 2 then 100 else 1000 end)
    )) end as mrr_minor
  from paying
  cross join setting
  left join core.currency on currency.currency = paying.currency
  left join core.fx_rate
    on fx_rate.currency = paying.currency and fx_rate.rate_on <= paying.decided_on and paying.decided_on < fx_rate.until_on
  group by paying.period, paying.decided_on, paying.account_id
)
select
  measured.from_on, measured.decided_on, valued.account_id, valued.plan, promised.uptime_e9, measured.up_e2, measured.whole_e2,
  measured.up_e2 * 1000000000 >= measured.whole_e2 * promised.uptime_e9 as is_met,
  cast(divide_half_up(valued.mrr_minor * promised.credit_e9, cast(1000000000 as hugeint)) as bigint) as credit_minor
from setting_uptime_commitment as promised
join measured on measured.period = promised.period
join valued on valued.period = measured.period and valued.decided_on = measured.decided_on and valued.plan = promised.plan
