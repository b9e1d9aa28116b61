-- metric: self_service_ratio
-- title: Self-service ratio
-- team: support
-- dimension: sla
-- kind: driver
-- unit: number
-- better: higher
-- guardrail: csat
-- needs: tickets, help
-- entities: people
-- shape: ratio
-- signal: none
-- definition: People who read the help in the period ([product] help_events) divided by people for whom a ticket was created
--    in it that the company did not open itself ([support] proactive_tag, followup_tag), each counted once; only people of known accounts, so that both sides are of the same customers. It says how much
--    help is read for each person who asks, not that reading answered them.
with reader as (
  select distinct period_day.period_id, usage.account_id, usage.person_id
  from core.usage_day as usage
  cross join setting
  join period_day on period_day.local_date = usage.local_date
  where usage.account_id is not null and list_contains(setting.help_events, usage.event)
),
asker as (
  select distinct period_day.period_id, ticket.account_id, ticket.requester_id
  from core.ticket
  cross join setting
  join period_day on period_day.local_date = ticket.local_date
  where ticket.account_id is not null
    and not coalesce(list_contains(ticket.tags, setting.proactive_tag), false)
    and not coalesce(list_contains(ticket.tags, setting.followup_tag), false)
)
select period_id, account_id, 'reader ' || person_id as entity_id, 1 as numerator, 0 as denominator from reader
union all
select period_id, account_id, 'asker ' || requester_id, 0, 1 from asker
