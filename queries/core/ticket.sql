-- One row per ticket that was not deleted and not from somebody excluded; account_id is NULL where its organisation is matched to
-- none. Where a helpdesk does not say whose a ticket is, it is its requester's organisation's.
select
  ticket.source_name, ticket.ticket_id, link.account_id,
  coalesce(ticket.organization_id, requester.organization_id) as organization_id, ticket.requester_id, ticket.created_at, day.local_date,
  ticket.status, coalesce(ticket.priority, 'normal') as priority, ticket.ticket_type, ticket.tags, ticket.channel,
  ticket.group_id, ticket.brand_id
from core.source_ticket as ticket
left join core.support_user as requester
  on requester.source_name = ticket.source_name and requester.user_id = ticket.requester_id
left join core.account_link as link
  on link.system = 'support' and link.external_id = coalesce(ticket.organization_id, requester.organization_id)
asof join day on ticket.created_at >= day.start_at
where ticket.status <> 'deleted'
  and coalesce(ticket.organization_id, requester.organization_id, '') not in (select organization_id from core.excluded_organization)
