-- The target in force for a ticket's clock: what the helpdesk applied, else the company's own in [[support.targets]].
with named as (
  select
    ticket_id, event_at, metric_event_id, target_s, is_business_hours,
    case
      when metric = 'reply_time' and instance_id = 1 then 'first_reply'
      when metric = 'reply_time' then 'next_reply'
      when metric in ('total_resolution_time', 'requester_wait_time', 'agent_work_time') then metric
    end as clock
  from staging.zendesk_ticket_metric_event
  where event_type = 'apply_sla' and target_s is not null
),
applied as (
  select *, row_number() over (partition by ticket_id, clock order by event_at desc, metric_event_id desc) as recency
  from named
  where clock is not null
),
helpdesk as (
  select ticket_id, case clock when 'total_resolution_time' then 'resolution' else clock end as clock, target_s, is_business_hours
  from applied
  where recency = 1
),
own as (
  select
    ticket.ticket_id, target.clock, target.target_s, target.is_business_hours,
    row_number() over (partition by ticket.ticket_id, target.clock order by target.priority nulls last) as preference
  from core.ticket
  join setting_sla_target as target on target.priority is null or target.priority = ticket.priority
)
select ticket_id, clock, target_s, coalesce(is_business_hours, false) as is_business_hours from helpdesk
union all
select own.ticket_id, own.clock, own.target_s, own.is_business_hours
from own
where own.preference = 1
  and not exists (
    select 1 from helpdesk where helpdesk.ticket_id = own.ticket_id and helpdesk.clock = own.clock
  )
