-- One row per comment with who wrote it: requester, agent or bot. Bots are agents the company named in [support] bots; an agent
-- is whoever was ever seen as one. Some helpdesks say of each comment who wrote it (author_kind).
select
  event.ticket_id, event.event_at as commented_at, event.audit_id, event.position, event.event_id, event.author_id,
  coalesce(event.is_public, true) as is_public,
  case
    when coalesce(list_contains(setting.bots, event.author_id), false) or event.author_kind = 'bot' then 'bot'
    when (author.is_agent or event.author_kind = 'agent') and event.author_id is distinct from ticket.requester_id then 'agent'
    else 'requester'
  end as author
from core.source_ticket_event as event
join core.ticket on ticket.ticket_id = event.ticket_id
left join core.support_user as author on author.source_name = event.source_name and author.user_id = event.author_id
cross join setting
where event.event_type = 'Comment'
