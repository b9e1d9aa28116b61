-- What each subscription item was from an instant on, until its next state.
-- Observed states come from events (at the event's time) and from listed versions. States before the first observation are
-- rebuilt from invoice lines: the line says the price and quantity in force from its period's start. Proration credits
-- (negative) say nothing of what follows; amounts of prorations are never used, only their price and quantity.
-- Where invoices do not reach back to a subscription's start, its earliest known state does.
with version as (
  select
    version.*,
    min(coalesce(event_at, extracted_at)) over (partition by source_name, subscription_id) as first_known_at,
    event_at is null and row_number() over (
      partition by source_name, subscription_id, event_at is null order by extracted_at, batch, seq
    ) = 1 as is_first_listed
  from core.source_subscription as version
  where customer_id is not null
),
told as (
  -- lines from before anything was observed
  select line.*, min(line.line_minor) over (partition by line.source_name, line.item_id, line.start_at) as lowest_minor
  from core.subscription_line as line
  left join (select distinct source_name, subscription_id, first_known_at from version) as known
    on known.source_name = line.source_name and known.subscription_id = line.subscription_id
  where line.start_at < coalesce(known.first_known_at, timestamp '9999-12-31')
),
rebuilt as (
  -- one state per item and start; a later invoice knows better. A proration of nothing is a charge only beside a credit:
  -- what was paid for is free from then on.
  select *
  from (
    select
      told.*,
      row_number() over (
        partition by source_name, item_id, start_at
        order by invoiced_at desc, line_minor = 0 and is_proration, line_id desc
      ) as recency
    from told
    where line_minor > 0 or (line_minor = 0 and (not is_proration or lowest_minor < 0))
  ) as candidate
  where recency = 1
),
shown as (
  select distinct source_name, item.id as item_id
  from (select source_name, unnest(items) as item from version) as version
),
dropped as (
  -- an item that no version shows: the credit after its last charge, if there is one, says when it was taken off
  select
    rebuilt.source_name, rebuilt.subscription_id, rebuilt.item_id,
    min(credit.start_at) as credited_at, max(rebuilt.end_at) as paid_until
  from rebuilt
  join (
    select source_name, item_id, max(start_at) as start_at from rebuilt group by source_name, item_id
  ) as last on last.source_name = rebuilt.source_name and last.item_id = rebuilt.item_id and last.start_at = rebuilt.start_at
  left join core.subscription_line as credit
    on credit.source_name = rebuilt.source_name and credit.item_id = rebuilt.item_id
    and credit.line_minor < 0 and credit.start_at > rebuilt.start_at
  where (rebuilt.source_name, rebuilt.item_id) not in (select source_name, item_id from shown where item_id is not null)
  group by rebuilt.source_name, rebuilt.subscription_id, rebuilt.item_id
),
last_rebuilt as (
  -- the latest instant at which invoices tell of a change: of a charge, or of an item taken off
  select source_name, subscription_id, max(start_at) as start_at
  from (
    select source_name, subscription_id, start_at from rebuilt
    union all
    select source_name, subscription_id, credited_at from dropped
  ) as change
  group by source_name, subscription_id
),
event_before_listing as (
  -- the last event the first listed version already knew of
  select listed.source_name, listed.subscription_id, max(event.event_at) as event_at
  from version as listed
  join version as event
    on event.source_name = listed.source_name and event.subscription_id = listed.subscription_id
    and event.event_at <= listed.extracted_at
  where listed.is_first_listed
  group by listed.source_name, listed.subscription_id
),
placed as (
  -- the first listed version confirms or corrects the last state known by other means; later ones count from their pull
  select
    version.*,
    case
      when version.event_at is not null then version.event_at
      when version.is_first_listed then coalesce(
        greatest(
          coalesce(last_rebuilt.start_at, timestamp '1970-01-01'),
          coalesce(event_before_listing.event_at, timestamp '1970-01-01'),
          coalesce(case when version.status = 'trialing' then version.trial_start_at end, timestamp '1970-01-01'),
          version.start_at
        ),
        version.start_at
      )
      else version.extracted_at
    end as since_at
  from version
  left join last_rebuilt
    on last_rebuilt.source_name = version.source_name and last_rebuilt.subscription_id = version.subscription_id
  left join event_before_listing
    on event_before_listing.source_name = version.source_name
    and event_before_listing.subscription_id = version.subscription_id
),
chosen as (
  -- several versions at one instant: the listed one, else the latest event (lists come newest first)
  select *
  from (
    select placed.*,
      row_number() over (
        partition by source_name, subscription_id, since_at order by event_at is null desc, extracted_at desc, seq
      ) as preference
    from placed
  ) as ranked
  where preference = 1
),
observed_item as (
  select source_name, subscription_id, since_at, unnest(items) as item from chosen
),
item as (
  select source_name, subscription_id, item_id from rebuilt
  union
  select source_name, subscription_id, item.id from observed_item
),
observed as (
  -- an item missing from a complete version has ended: quantity 0
  select
    chosen.source_name, chosen.subscription_id, item.item_id, chosen.since_at,
    case when chosen.event_at is null then 'listed' else 'event' end as basis,
    coalesce(chosen.status, 'active') as status,
    chosen.is_paused,
    chosen.ended_at,
    found.item.price.id as price_id,
    case
      when found.item.id is null or coalesce(found.item.deleted, false) then 0
      else coalesce(found.item.quantity, 1)
    end as quantity,
    coalesce(found.item.price.unit_amount_decimal, found.item.price.unit_amount) as unit_amount,
    cast(null as bigint) as cost_minor,
    -- what it costs for a term of the subscription, where that says so
    found.item.amount as amount_minor,
    found.item.price.recurring.interval as term_unit,
    found.item.price.recurring.interval_count as term_count,
    upper(coalesce(found.item.price.currency, chosen.currency)) as currency
  from chosen
  join item on item.source_name = chosen.source_name and item.subscription_id = chosen.subscription_id
  left join observed_item as found
    on found.source_name = chosen.source_name and found.subscription_id = chosen.subscription_id
    and found.since_at = chosen.since_at and found.item.id = item.item_id
  where found.item.id is not null or not chosen.is_cut_off
),
inferred as (
  select
    source_name, subscription_id, item_id, start_at as since_at, 'rebuilt' as basis, 'active' as status, false as is_paused,
    price_id, coalesce(quantity, 1) as quantity, unit_amount,
    case when not is_proration then line_minor end as cost_minor, currency
  from rebuilt
),
removed as (
  -- it ended with that credit, else with its last paid period
  select source_name, subscription_id, item_id, coalesce(credited_at, paid_until) as since_at from dropped
),
collected as (
  select * from observed
  union all by name
  select inferred.* from inferred
  where not exists (
    select 1 from observed
    where observed.source_name = inferred.source_name and observed.item_id = inferred.item_id and observed.since_at = inferred.since_at
  )
  union all by name
  select source_name, subscription_id, item_id, since_at, 'rebuilt' as basis, 'active' as status, false as is_paused, 0 as quantity
  from removed
),
final as (
  select
    collected.* replace (
      case
        when collected.since_at = min(collected.since_at) over (partition by collected.source_name, collected.subscription_id)
          then least(collected.since_at, started.start_at)
        else collected.since_at
      end as since_at
    )
  from collected
  left join (
    select source_name, subscription_id, min(start_at) as start_at from version group by source_name, subscription_id
  ) as started
    on started.source_name = collected.source_name and started.subscription_id = collected.subscription_id
)
select * from final
