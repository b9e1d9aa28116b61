-- check: orphan_tickets
-- title: Tickets of an organisation that is matched to no account
-- severity: warn
-- dimensions: sla
select count(*) as tickets, count(distinct organization_id) as organizations
from core.ticket
where account_id is null and organization_id is not null
having count(*) * 10 > (select count(*) from core.ticket)
