-- Subscription items whose term of more than six months ends within the 90 days after the end of a period, with what they
-- bring then. Of several terms the one that began last counts.
with long_item as (
  select distinct source_name, item_id from core.subscription_term where end_at > start_at + interval 6 months
),
standing as (
  select
    period.period_id, period.end_at as period_end_at, period.end_on, term.source_name, term.item_id, term.start_at, term.end_at,
    row_number() over (
      partition by period.period_id, term.source_name, term.item_id order by term.start_at desc, term.end_at desc
    ) as recency
  from core.subscription_term as term
  join long_item on long_item.source_name = term.source_name and long_item.item_id = term.item_id
  join period on term.start_at < period.end_at and period.end_at <= term.end_at
),
due as (
  select standing.*, day.local_date as ends_on
  from standing
  join day on day.start_at <= standing.end_at and standing.end_at < day.end_at
  where standing.recency = 1
    and standing.end_at > standing.start_at + interval 6 months
    and day.local_date < standing.end_on + 90
)
select
  due.period_id, span.account_id, span.subscription_id, due.item_id, due.ends_on,
  cast(
    divide_half_up(span.mrr_minor * rate.closing_rate_e8 * rate.to_units, cast(100000000 as hugeint) * rate.from_units)
    as bigint
  ) as mrr_minor
from due
join core.subscription_span as span
  on span.source_name = due.source_name and span.item_id = due.item_id
  and span.from_at < due.period_end_at and due.period_end_at <= span.to_at
join marts.rate_at as rate on rate.period_id = due.period_id and rate.currency = span.currency
where rate.closing_rate_e8 is not null
