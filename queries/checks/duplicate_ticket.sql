-- check: duplicate_ticket
-- title: A ticket, a comment or a rating is there twice
-- severity: withhold
-- dimensions: sla
with keyed as (
  select 'ticket' as kind, ticket_id as key from core.ticket
  union all
  select 'comment', event_id from core.ticket_comment
  union all
  select 'rating', ticket_id from core.ticket_rating
)
select kind, key, count(*) as rows_found
from keyed
where key is not null
group by kind, key
having count(*) > 1
