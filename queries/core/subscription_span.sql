-- Stretches of time over which a subscription item brings the same monthly recurring revenue, above zero.
-- MRR = unit price x quantity less discounts, per month (year / 12, week x 52/12, day x 365/12), multiplied first, divided
-- once, half-up, to the currency's minor unit. Counted: active and past_due. Not: trials, incomplete, unpaid, paused
-- collection and metered prices (switches). A cancelled subscription counts until it ended.
with point as (
  -- every instant at which any item of a subscription may change its amount
  select source_name, subscription_id, since_at from core.subscription_item_state
  union
  select source_name, subscription_id, trial_start_at from core.subscription where trial_start_at is not null
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
line_cost as (
  -- what a quantity cost when it was last invoiced, for tiered prices whose tiers are unknown
  select source_name, item_id, price_id, quantity, max_by(line_minor, (start_at, line_id)) as line_minor
  from core.subscription_line
  where not is_proration and line_minor > 0
  group by source_name, item_id, price_id, quantity
),
stated as (
  select
    stretch.source_name, stretch.subscription_id, stretch.item_id, stretch.from_at,
    -- one that began anew had an end of its own then
    least(stretch.to_at, state.ended_at, subscription.ended_at) as to_at,
    subscription.account_id,
    state.basis, state.price_id, state.currency, state.quantity,
    price.product_id, price.interval_unit,
    case
      when price.package_size > 1 and price.package_round = 'down' then state.quantity // price.package_size
      when price.package_size > 1 then (state.quantity + price.package_size - 1) // price.package_size
      else state.quantity
    end as units,
    case when coalesce(price.billing_scheme, '') <> 'tiered' then coalesce(state.unit_amount, price.unit_amount) end as unit_amount,
    coalesce(
      state.cost_minor,
      case when state.term_unit = price.interval_unit and state.term_count = price.interval_count then state.amount_minor end,
      line_cost.line_minor
    ) as cost_minor,
    coalesce(
      state.cost_minor,
      -- it is what a term costs, which may not be the price's
      case when state.term_unit = price.interval_unit and state.term_count = price.interval_count then state.amount_minor end
    ) as known_minor,
    coalesce(price.usage_type, 'licensed') = 'metered' as is_metered,
    case price.interval_unit when 'week' then 52 when 'day' then 365 else 1 end as times,
    case price.interval_unit when 'month' then 1 else 12 end * coalesce(price.interval_count, 1) as months
  from stretch
  asof join core.subscription_item_state as state
    on state.source_name = stretch.source_name and state.subscription_id = stretch.subscription_id
    and state.item_id = stretch.item_id and stretch.from_at >= state.since_at
  join core.subscription
    on subscription.source_name = stretch.source_name and subscription.subscription_id = stretch.subscription_id
  join core.price on price.source_name = state.source_name and price.price_id = state.price_id
  left join line_cost
    on line_cost.source_name = state.source_name and line_cost.item_id = state.item_id
    and line_cost.price_id = state.price_id and line_cost.quantity = state.quantity
  cross join setting
  where state.status in ('active', 'past_due', 'canceled')
    and state.quantity > 0
    and (setting.is_paused_counted or not state.is_paused)
    and (setting.is_metered_counted or coalesce(price.usage_type, 'licensed') <> 'metered')
    and price.interval_unit is not null
    and not coalesce(subscription.trial_start_at <= stretch.from_at and stretch.from_at < subscription.trial_end_at, false)
    and stretch.from_at < coalesce(least(state.ended_at, subscription.ended_at), timestamp '9999-12-31')
),
tier_cost as (
  -- what a quantity costs by the tiers of its price, in 10^-12 minor units: graduated, the units of each tier at its own
  -- price; volume, all of them at the price of the tier the last one falls into; and the flat amounts of the tiers reached.
  -- Of packages, whole ones: in each tier one that is begun counts
  select
    used.source_name, used.price_id, used.quantity,
    sum(
      (
        case tier.tiers_mode
          when 'volume' then used.quantity
          else least(used.quantity, coalesce(tier.up_to, used.quantity)) - tier.from_units
        end + tier.package_size - 1
      ) // tier.package_size * cast(tier.unit_amount * 1000000000000 as hugeint)
        + cast(tier.flat_amount * 1000000000000 as hugeint)
    ) as cost_e12,
    bool_or(used.quantity <= coalesce(tier.up_to, used.quantity)) as is_covered
  from (select distinct source_name, price_id, quantity from stated where not is_metered) as used
  join core.price_tier as tier
    on tier.source_name = used.source_name and tier.price_id = used.price_id and tier.from_units < used.quantity
    and (tier.tiers_mode = 'graduated' or used.quantity <= coalesce(tier.up_to, used.quantity))
  group by used.source_name, used.price_id, used.quantity
),
discount as (
  select
    stated.source_name, stated.item_id, stated.from_at,
    -- what each percentage leaves, in millionths
    list(cast(1000000 - discount.percent_e4 as hugeint) order by discount.discount_id)
      filter (where discount.percent_e4 is not null) as shares_e6,
    sum(case when discount.item_id is null and discount.product_ids is null then discount.off_minor else 0 end) as off_minor,
    sum(case when discount.item_id is null and discount.product_ids is not null then discount.off_minor else 0 end)
      as product_off_minor,
    sum(
      case
        when discount.item_id is null then 0
        when discount.is_off_each_unit then discount.off_minor * stated.quantity
        else discount.off_minor
      end
    ) as item_off_minor,
    sum(case when discount.item_id is not null then discount.off_units end) as item_off_units
  from stated
  join core.subscription_discount as discount
    on discount.source_name = stated.source_name and discount.subscription_id = stated.subscription_id
    and (discount.item_id is null or discount.item_id = stated.item_id)
    and stated.from_at >= coalesce(discount.start_at, stated.from_at)
    and stated.from_at < coalesce(discount.end_at, timestamp '9999-12-31')
    -- a price whose product nobody tells may be of any
    and (discount.product_ids is null or coalesce(list_contains(discount.product_ids, stated.product_id), true))
  group by stated.source_name, stated.item_id, stated.from_at
),
costed as (
  -- per billing interval, in 10^-12 minor units. Tiered prices cost what their tiers say, unless an invoice for just this
  -- quantity or the subscription itself says something else; without tiers, what their last invoice line said
  select
    stated.*,
    greatest(
      -- several percentages apply one after the other
      list_reduce(
        list_concat(
          [coalesce(
            -- units given free are not charged
            cast(stated.unit_amount * 1000000000000 as hugeint) * greatest(stated.units - coalesce(discount.item_off_units, 0), 0),
            case
              when tier_cost.is_covered and (
                stated.known_minor is null or divide_half_up(tier_cost.cost_e12, 1000000000000) = stated.known_minor
              ) then cast(tier_cost.cost_e12 as hugeint)
            end,
            cast(stated.cost_minor as hugeint) * 1000000000000
          )],
          coalesce(discount.shares_e6, [])
        ),
        lambda cost, share: cost * share // 1000000
      )
        - cast(coalesce(discount.item_off_minor, 0) as hugeint) * 1000000000000,
      0) as cost_e12,
    coalesce(discount.off_minor, 0) as off_minor,
    coalesce(discount.product_off_minor, 0) as product_off_minor
  from stated
  left join tier_cost
    on tier_cost.source_name = stated.source_name and tier_cost.price_id = stated.price_id and tier_cost.quantity = stated.quantity
  left join discount
    on discount.source_name = stated.source_name and discount.item_id = stated.item_id and discount.from_at = stated.from_at
),
lowered as (
  -- an amount off certain products is taken from the items of them in turn, never below zero
  select
    costed.* replace (
      greatest(
        cost_e12 - greatest(
          cast(product_off_minor as hugeint) * 1000000000000 - coalesce(
            sum(cost_e12) over (
              partition by source_name, subscription_id, from_at, product_off_minor order by item_id
              rows between unbounded preceding and 1 preceding
            ), 0),
          0),
        0) as cost_e12
    )
  from costed
),
reduced as (
  -- an amount off a whole subscription is taken from its items in turn, never below zero
  select
    lowered.*,
    greatest(
      cost_e12 - greatest(
        cast(off_minor as hugeint) * 1000000000000 - coalesce(
          sum(cost_e12) over (
            partition by source_name, subscription_id, from_at order by item_id
            rows between unbounded preceding and 1 preceding
          ), 0),
        0),
      0) as net_e12
  from lowered
),
valued as (
  select
    source_name, account_id, subscription_id, item_id, product_id, interval_unit, currency, quantity, basis, from_at, to_at,
    cast(divide_half_up(net_e12 * times, cast(1000000000000 as hugeint) * months) as bigint) as mrr_minor
  from reduced
),
marked as (
  -- neighbours that touch and are worth the same are one span
  select *,
    case
      when lag(to_at) over item_order = from_at and lag(mrr_minor) over item_order = mrr_minor
        and lag(quantity) over item_order = quantity and lag(product_id) over item_order is not distinct from product_id
        and lag(interval_unit) over item_order = interval_unit and lag(currency) over item_order = currency
      then 0 else 1
    end as is_start
  from valued
  where mrr_minor > 0 and from_at < to_at
  window item_order as (partition by source_name, subscription_id, item_id order by from_at)
),
numbered as (
  select *,
    sum(is_start) over (
      partition by source_name, subscription_id, item_id order by from_at rows between unbounded preceding and current row
    ) as island
  from marked
)
select
  source_name, account_id, subscription_id, item_id, product_id, interval_unit, currency, quantity, mrr_minor,
  min_by(basis, from_at) as basis, min(from_at) as from_at, max(to_at) as to_at
from numbered
group by source_name, account_id, subscription_id, item_id, product_id, interval_unit, currency, quantity, mrr_minor, island
