-- The target of a ticket's clock from when on: what the helpdesk applied (to each reply clock apart), and before that the
-- company's own in [[support.targets]], by the priority in force. instance is NULL where it is that of every clock of its kind.
with named as (
  select
    ticket_id, event_at, try_cast(metric_event_id as hugeint) as event_id, target_s,
    coalesce(is_business_hours, false) as is_business_hours,
    case
      when metric = 'reply_time' and instance_id = 1 then 'first_reply'
      when metric = 'reply_time' then 'next_reply'
      when metric in ('resolution_time', 'total_resolution_time') then 'resolution'
      when metric in ('requester_wait_time', 'agent_work_time') then metric
    end as clock,
    -- the first reply is the helpdesk's first, the first follow-up question its second
    case when metric = 'reply_time' and instance_id > 1 then instance_id - 1 else 1 end as instance
  from staging.zendesk_ticket_metric_event
  where event_type = 'apply_sla' and target_s is not null
),
helpdesk as (
  -- of several at once the last
  select
    named.ticket_id, named.clock, named.instance, named.event_at as from_at,
    arg_max(named.target_s, named.event_id) as target_s,
    arg_max(named.is_business_hours, named.event_id) as is_business_hours
  from named
  join core.ticket on ticket.ticket_id = named.ticket_id
  where named.clock is not null
  group by named.ticket_id, named.clock, named.instance, named.event_at
),
priority_span as (
  select ticket_id, priority, from_at, lag(priority) over (partition by ticket_id order by from_at) as previous_priority
  from core.ticket_state_span
),
offered as (
  -- what the company promises at each priority; one for this priority goes before one for all
  select
    named.priority, target.clock, target.target_s, target.is_business_hours,
    row_number() over (
      partition by named.priority, target.clock order by target.priority nulls last, target.target_s
    ) as preference
  from (select distinct priority from priority_span) as named
  join setting_sla_target as target on coalesce(target.priority, named.priority) = named.priority
),
own as (
  -- a change to a priority without a promise ends the one before
  select span.ticket_id, kind.clock, span.from_at, offered.target_s, offered.is_business_hours
  from priority_span as span
  cross join (select distinct clock from setting_sla_target) as kind
  left join offered on offered.priority = span.priority and offered.clock = kind.clock and offered.preference = 1
  where span.priority is distinct from span.previous_priority
    and (offered.target_s is not null or span.previous_priority is not null)
)
select ticket_id, clock, instance, from_at, target_s, is_business_hours, true as is_helpdesk from helpdesk
union all
select ticket_id, clock, null, from_at, target_s, coalesce(is_business_hours, false), false from own
