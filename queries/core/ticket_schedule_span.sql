-- Which schedule a ticket followed from when to when: that of the first rule of [[support.schedule_rules]] that was true of it,
-- else the default one; none where that is unknown. A schedule without opening hours is none: a clock on it would never run.
with known as (
  select distinct source_name, schedule_id from core.schedule_interval
),
standard as (
  -- by itself a ticket follows the first schedule of its own helpdesk
  select
    source.source_name,
    case
      when setting.default_schedule is null then min(known.schedule_id)
      when bool_or(known.schedule_id = setting.default_schedule) then setting.default_schedule
    end as schedule_id
  from (select distinct source_name from core.ticket) as source
  cross join setting
  left join known
    on coalesce(known.source_name, source.source_name) = source.source_name or known.schedule_id = setting.default_schedule
  group by source.source_name, setting.default_schedule
),
trait as (
  select ticket_id, from_at, 'group' as attribute, group_id as value from core.ticket_state_span
  union all
  select ticket_id, from_at, 'brand', brand_id from core.ticket_state_span
  union all
  select ticket_id, from_at, 'organization', organization_id from core.ticket_state_span
  union all
  select ticket_id, from_at, 'tag', unnest(tags) from core.ticket_state_span
),
matched as (
  select trait.ticket_id, trait.from_at, arg_min(rule.schedule_id, rule.position) as schedule_id
  from trait
  join setting_schedule_rule as rule on rule.attribute = trait.attribute and rule.value = trait.value
  join known on known.schedule_id = rule.schedule_id
  group by trait.ticket_id, trait.from_at
),
followed as (
  select span.ticket_id, span.from_at, coalesce(matched.schedule_id, standard.schedule_id) as schedule_id
  from core.ticket_state_span as span
  join core.ticket on ticket.ticket_id = span.ticket_id
  join standard on standard.source_name = ticket.source_name
  left join matched on matched.ticket_id = span.ticket_id and matched.from_at = span.from_at
),
changed as (
  -- other changes of the ticket are none of its schedule
  select *, lag(schedule_id) over (partition by ticket_id order by from_at) as previous_schedule_id
  from followed
)
select
  ticket_id, schedule_id, from_at, lead(from_at) over (partition by ticket_id order by from_at) as to_at
from changed
where schedule_id is distinct from previous_schedule_id
