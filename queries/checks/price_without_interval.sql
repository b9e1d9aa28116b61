-- check: price_without_interval
-- title: Live subscription items whose price or interval is unknown are not in MRR
-- severity: warn
-- dimensions: growth, churn
select state.subscription_id as subscription, state.price_id as price
from core.subscription_item_state as state
join core.subscription
  on subscription.source_name = state.source_name and subscription.subscription_id = state.subscription_id
left join core.price on price.source_name = state.source_name and price.price_id = state.price_id
where state.quantity > 0
  and subscription.ended_at is null
  and subscription.status in ('active', 'past_due')
  and (
    price.interval_unit is null
    or (
      coalesce(
        state.unit_amount, price.unit_amount, state.cost_minor,
        case when state.term_unit = price.interval_unit and state.term_count = price.interval_count then state.amount_minor end
      ) is null
      and not exists (
        select 1 from core.price_tier as tier where tier.source_name = state.source_name and tier.price_id = state.price_id
      )
      and not exists (
        select 1 from core.subscription_line as line
        where line.source_name = state.source_name and line.item_id = state.item_id and line.price_id = state.price_id
          and line.quantity = state.quantity and line.line_minor > 0 and not line.is_proration
      )
    )
  )
