-- Stretches of time over which a subscription item brings the same monthly recurring revenue, above zero.
-- MRR = unit price x quantity less discounts, per month (year / 12, week x 52/12, day x 365/12), multiplied first, divided
-- once, half-up, to the currency's minor unit. Counted: active and past_due. Not: trials, incomplete, unpaid, paused
-- collection and metered prices (switches). A cancelled subscription counts until it ended.
with point as (
  -- every instant at which any item of a subscription may change its amount
  select source_name, subscription_id, since_at from core.subscription_item_state
  union
  select source_name, subscription_id, trial_end_at from core.subscription where trial_end_at is not null
  union
  select source_name, subscription_id, start_at from core.subscription_discount where start_at is not null
  union
  select source_name, subscription_id, end_at from core.subscription_discount where end_at is not null
),
item as (
  select distinct source_name, subscription_id, item_id from core.subscription_item_state
),
stretch as (
  select
    item.source_name, item.subscription_id, item.item_id, point.since_at as from_at,
    coalesce(
      lead(point.since_at) over (partition by item.source_name, item.subscription_id, item.item_id order by point.since_at),
      timestamp '9999-12-31'
    ) as to_at
  from item
  join point on point.source_name = item.source_name and point.subscription_id = item.subscription_id
),
stated as (
  select
    stretch.source_name, stretch.subscription_id, stretch.item_id, stretch.from_at,
    least(stretch.to_at, coalesce(subscription.ended_at, timestamp '9999-12-31')) as to_at,
    subscription.account_id,
    state.basis, state.price_id, state.currency, state.quantity,
    price.product_id, price.interval_unit,
    case
      when price.package_size > 1 and price.package_round = 'down' then state.quantity // price.package_size
      when price.package_size > 1 then (state.quantity + price.package_size - 1) // price.package_size
      else state.quantity
    end as units,
    coalesce(state.unit_amount, price.unit_amount) as unit_amount,
    state.cost_minor,
    case price.interval_unit when 'week' then 52 when 'day' then 365 else 1 end as times,
    case price.interval_unit when 'month' then 1 else 12 end * coalesce(price.interval_count, 1) as months
  from stretch
  asof join core.subscription_item_state as state
    on state.source_name = stretch.source_name and state.subscription_id = stretch.subscription_id
    and state.item_id = stretch.item_id and stretch.from_at >= state.since_at
  join core.subscription
    on subscription.source_name = stretch.source_name and subscription.subscription_id = stretch.subscription_id
  join core.price on price.price_id = state.price_id
  cross join setting
  where state.status in ('active', 'past_due', 'canceled')
    and state.quantity > 0
    and (setting.is_paused_counted or not state.is_paused)
    and (setting.is_metered_counted or coalesce(price.usage_type, 'licensed') <> 'metered')
    and price.interval_unit is not null
    and stretch.from_at >= coalesce(subscription.trial_end_at, stretch.from_at)
    and stretch.from_at < coalesce(subscription.ended_at, timestamp '9999-12-31')
),
discount as (
  select
    stated.source_name, stated.item_id, stated.from_at,
    -- several percentages apply one after the other, in millionths
    list_reduce(
      list(cast(1000000 - coalesce(discount.percent_e4, 0) as hugeint) order by discount.discount_id),
      lambda left_share, right_share: left_share * right_share // 1000000
    ) as share_e6,
    sum(coalesce(discount.off_minor, 0)) as off_minor
  from stated
  join core.subscription_discount as discount
    on discount.source_name = stated.source_name and discount.subscription_id = stated.subscription_id
    and (discount.item_id is null or discount.item_id = stated.item_id)
    and stated.from_at >= coalesce(discount.start_at, stated.from_at)
    and stated.from_at < coalesce(discount.end_at, timestamp '9999-12-31')
  group by stated.source_name, stated.item_id, stated.from_at
),
costed as (
  -- per billing interval, in 10^-12 minor units; tiered prices cost what their last invoice line said
  select
    stated.*,
    coalesce(cast(stated.unit_amount * 1000000000000 as hugeint) * stated.units, cast(stated.cost_minor as hugeint) * 1000000000000)
      * coalesce(discount.share_e6, 1000000) // 1000000 as cost_e12,
    coalesce(discount.off_minor, 0) as off_minor
  from stated
  left join discount
    on discount.source_name = stated.source_name and discount.item_id = stated.item_id and discount.from_at = stated.from_at
),
reduced as (
  -- an amount off is taken from a subscription's items in turn, never below zero
  select
    costed.*,
    greatest(
      cost_e12 - greatest(
        cast(off_minor as hugeint) * 1000000000000 - coalesce(
          sum(cost_e12) over (
            partition by source_name, subscription_id, from_at order by item_id
            rows between unbounded preceding and 1 preceding
          ), 0),
        0),
      0) as net_e12
  from costed
),
final as (
  select
    account_id, subscription_id, item_id, product_id, interval_unit, currency, quantity, basis, from_at, to_at,
    cast(divide_half_up(net_e12 * times, cast(1000000000000 as hugeint) * months) as bigint) as mrr_minor
  from reduced
)
select * from final where mrr_minor > 0 and from_at < to_at
