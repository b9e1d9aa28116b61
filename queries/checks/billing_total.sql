-- check: billing_total
-- title: MRR and what subscriptions were invoiced for differ by more than a tenth in the latest month
-- severity: warn
-- dimensions: growth, churn
with month as (
  select period_id, start_at, end_at
  from period
  cross join setting
  where grain = 'month' and window_name = 'period' and end_at <= setting.as_of_at
  order by end_at desc
  limit 1
),
spread as (
  -- lines over their own periods. Prorations are left out: what changes within a term shows in MRR at once, in the lines from
  -- the next term on
  select
    month.period_id, line.currency,
    cast(line.line_minor as hugeint) as line_minor,
    cast(line.line_minor - line.discounted_minor as hugeint) as net_minor,
    date_diff('second', greatest(line.start_at, month.start_at), least(line.end_at, month.end_at)) as overlap_s,
    date_diff('second', month.start_at, month.end_at) as month_s,
    date_diff('second', line.start_at, line.end_at) as line_s
  from core.subscription_line as line
  join month on line.start_at < month.end_at and month.start_at < line.end_at
  join core.subscription
    on subscription.source_name = line.source_name and subscription.subscription_id = line.subscription_id
  where not line.is_proration and line.line_minor > 0 and line.start_at < line.end_at
    and line.start_at < coalesce(subscription.ended_at, timestamp '9999-12-31')
),
monthly as (
  -- how many months a line stands for: a year for twelve, a week for 7 x 12/365
  select *,
    case
      when line_s >= 27 * 86400 then 100000 * greatest(cast(round(line_s / 2628000.0) as bigint), 1)
      else line_s * 100000 // 2628000
    end as months_e5
  from spread
),
invoiced as (
  select
    period_id, currency,
    sum(divide_half_up(line_minor * 100000 * overlap_s, cast(months_e5 as hugeint) * month_s)) as gross_minor,
    sum(divide_half_up(net_minor * 100000 * overlap_s, cast(months_e5 as hugeint) * month_s)) as net_minor
  from monthly
  group by period_id, currency
),
worth as (
  -- MRR over the month, not at its end
  select
    month.period_id, span.currency,
    divide_half_up(
      sum(
        cast(span.mrr_minor as hugeint)
          * date_diff('second', greatest(span.from_at, month.start_at), least(span.to_at, month.end_at))
      ),
      date_diff('second', any_value(month.start_at), any_value(month.end_at))
    ) as mrr_minor
  from core.subscription_span as span
  join month on span.from_at < month.end_at and month.start_at < span.to_at
  group by month.period_id, span.currency
),
compared as (
  select
    worth.period_id,
    sum(divide_half_up(worth.mrr_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units))
      as mrr_minor,
    sum(divide_half_up(invoiced.gross_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units))
      as gross_minor,
    sum(divide_half_up(invoiced.net_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units))
      as net_minor
  from worth
  left join invoiced on invoiced.period_id = worth.period_id and invoiced.currency = worth.currency
  join marts.rate_at as rate on rate.period_id = worth.period_id and rate.currency = worth.currency
  where rate.closing_rate_e8 is not null
  group by worth.period_id
)
select period_id as period, mrr_minor, gross_minor as invoiced_minor, net_minor as less_discounts_minor
from compared
where gross_minor > 0
  -- discounts may or may not lower MRR: it lies anywhere from what was invoiced less discounts to that without them
  and (mrr_minor * 10 > gross_minor * 11 or mrr_minor * 10 < net_minor * 9)
