-- One row per subscription of a customer, latest known version: its ends and how it was cancelled.
with latest as (
  select *,
    row_number() over (
      partition by source_name, subscription_id
      -- fetched state is newer than any event known at the time; among events the latest counts
      order by extracted_at desc, event_at desc nulls first, seq
    ) as recency
  from core.source_subscription
  where customer_id is not null
)
select
  latest.source_name,
  latest.subscription_id,
  link.account_id,
  latest.customer_id,
  latest.status,
  latest.currency,
  latest.start_at,
  latest.trial_start_at,
  latest.trial_end_at,
  latest.canceled_at,
  latest.ended_at,
  latest.is_cancel_at_period_end,
  coalesce(latest.cancel_at, case when latest.is_cancel_at_period_end then latest.current_period_end_at end) as scheduled_end_at,
  latest.cancel_reason,
  latest.cancel_feedback,
  latest.discounts,
  -- what each item is paid for at present
  list_transform(latest.items, lambda item: {
    'item_id': item.id,
    'start_at': utc_from_epoch(item.current_period_start),
    'end_at': utc_from_epoch(item.current_period_end)
  }) as terms
from latest
join core.account_link as link on link.system = 'billing' and link.external_id = latest.customer_id
where latest.recency = 1
  and latest.is_live
  and latest.status <> 'incomplete_expired'
