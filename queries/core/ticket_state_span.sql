-- What each ticket was from when to when: priority, group, brand, organisation and tags, as far as its events tell; what no
-- event ever named was always as it is now. From creation on, without gaps; the last span is open (to_at NULL).
with change as (
  select event.ticket_id, event.event_at, event.audit_id, event.position, event.event_type, event.previous_value,
    event.priority, event.group_id, event.brand_id, event.organization_id, event.tags,
    row_number() over (partition by event.ticket_id order by event.event_at, event.audit_id, event.position) as place
  from core.source_ticket_event as event
  where event.event_type in ('Create', 'Change')
    and (coalesce(event.priority, event.group_id, event.brand_id, event.organization_id) is not null or event.tags is not null)
),
first_told as (
  -- before the first change it was what that change replaced; the event that creates a ticket says what it began as
  select
    ticket_id,
    arg_min(case when event_type = 'Create' then priority else coalesce(previous_value, '') end, place)
      filter (where priority is not null) as priority,
    arg_min(case when event_type = 'Create' then group_id else coalesce(previous_value, '') end, place)
      filter (where group_id is not null) as group_id,
    arg_min(case when event_type = 'Create' then brand_id else coalesce(previous_value, '') end, place)
      filter (where brand_id is not null) as brand_id,
    arg_min(case when event_type = 'Create' then organization_id else coalesce(previous_value, '') end, place)
      filter (where organization_id is not null) as organization_id,
    arg_min(case when event_type = 'Create' then tags else coalesce(try_cast(previous_value as varchar[]), []) end, place)
      filter (where tags is not null) as tags
  from change
  group by ticket_id
),
beginning as (
  select
    ticket.ticket_id, ticket.created_at as moment_at, 0 as place,
    coalesce(told.priority, ticket.priority) as priority, coalesce(told.group_id, ticket.group_id) as group_id,
    coalesce(told.brand_id, ticket.brand_id) as brand_id,
    coalesce(told.organization_id, ticket.organization_id) as organization_id, coalesce(told.tags, ticket.tags) as tags
  from core.ticket
  left join first_told as told on told.ticket_id = ticket.ticket_id
),
moment as (
  -- one row per instant: of several changes at once the last counts
  select
    ticket_id, moment_at, arg_max(priority, place) as priority, arg_max(group_id, place) as group_id,
    arg_max(brand_id, place) as brand_id, arg_max(organization_id, place) as organization_id, arg_max(tags, place) as tags
  from (
    select * from beginning
    union all
    select change.ticket_id, greatest(change.event_at, ticket.created_at), change.place, change.priority, change.group_id,
      change.brand_id, change.organization_id, change.tags
    from change
    join core.ticket on ticket.ticket_id = change.ticket_id
  ) as told
  group by ticket_id, moment_at
),
carried as (
  -- what an event does not name stays as it was
  select
    ticket_id, moment_at,
    last_value(priority ignore nulls) over so_far as priority,
    last_value(group_id ignore nulls) over so_far as group_id,
    last_value(brand_id ignore nulls) over so_far as brand_id,
    last_value(organization_id ignore nulls) over so_far as organization_id,
    last_value(tags ignore nulls) over so_far as tags,
    lead(moment_at) over (partition by ticket_id order by moment_at) as to_at
  from moment
  window so_far as (partition by ticket_id order by moment_at rows between unbounded preceding and current row)
)
select
  ticket_id, coalesce(nullif(priority, ''), 'normal') as priority, nullif(group_id, '') as group_id,
  nullif(brand_id, '') as brand_id, nullif(organization_id, '') as organization_id, tags, moment_at as from_at, to_at
from carried
