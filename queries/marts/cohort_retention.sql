-- What became of the accounts that first paid in the same month: how many still pay at the end of every complete month since
-- (0: that month itself), and their MRR. Valued at one rate throughout, that of the end of the cohort's own month, so that
-- retention never moves with exchange rates; NULL where a rate is not known. accounts_start counts also those that left
-- within their first month.
with month as (
  -- the months that were over when the data were pulled
  select
    cast(date_trunc('month', day.local_date) as date) as month_on,
    max(day.end_at) as end_at, cast(max(day.local_date) + interval 1 day as date) as end_on,
    cast(year(min(day.local_date)) * 12 + month(min(day.local_date)) as integer) as number
  from day
  group by date_trunc('month', day.local_date)
  having max(day.end_at) <= (select as_of_at from setting)
),
began as (
  select first.account_id, cast(date_trunc('month', day.local_date) as date) as cohort_month
  from (select account_id, min(from_at) as from_at from core.subscription_span group by account_id) as first
  asof join day on first.from_at >= day.start_at
),
cohort as (
  select began.cohort_month, month.number, month.end_on, count(*) as accounts_start
  from began
  join month on month.month_on = began.cohort_month
  group by began.cohort_month, month.number, month.end_on
),
rate as (
  select
    cohort.cohort_month, currency.currency, fx_rate.rate_e8,
    case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end as to_units,
    case currency.digits when 0 then 1 when 2 then 100 else 1000 end as from_units
  from cohort
  cross join core.currency
  cross join setting
  left join core.fx_rate
    on fx_rate.currency = currency.currency and fx_rate.rate_on < cohort.end_on and cohort.end_on <= fx_rate.until_on
),
paying as (
  -- live at the end of a month: from < end <= to
  select began.cohort_month, month.number, span.account_id, span.currency, sum(span.mrr_minor) as mrr_local
  from core.subscription_span as span
  join began on began.account_id = span.account_id
  join month on span.from_at < month.end_at and month.end_at <= span.to_at
  group by began.cohort_month, month.number, span.account_id, span.currency
),
valued as (
  select
    paying.cohort_month, paying.number, paying.account_id,
    divide_half_up(paying.mrr_local * rate.rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units) as mrr_minor
  from paying
  join rate on rate.cohort_month = paying.cohort_month and rate.currency = paying.currency
),
kept as (
  select
    cohort_month, number, count(distinct account_id) as accounts_paying,
    case when bool_and(mrr_minor is not null) then cast(sum(mrr_minor) as bigint) end as mrr_minor
  from valued
  group by cohort_month, number
)
select
  cohort.cohort_month, month.number - cohort.number as months_since, cohort.accounts_start,
  coalesce(kept.accounts_paying, 0) as accounts_paying,
  case when kept.cohort_month is null then 0 else kept.mrr_minor end as mrr_minor
from cohort
join month on month.number >= cohort.number
left join kept on kept.cohort_month = cohort.cohort_month and kept.number = month.number
