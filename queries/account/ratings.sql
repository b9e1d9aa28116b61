-- section: ratings
-- title: Ratings of tickets, twelve months
-- place: 170
-- dimension: sla
-- needs: ratings
-- matched: support
-- shape: table
-- show: internal
-- columns: rated date "Rated", ticket text "Ticket", verdict word "Verdict"
-- order: rated desc, ticket
-- empty: They rated no ticket in these twelve months.
-- note: The words that came with a rating are not pulled: read them in the helpdesk, by the ticket's number.
select rating.local_date as rated, rating.ticket_id as ticket, case when rating.is_good then 'good' else 'bad' end as verdict
from asked
join core.ticket on ticket.account_id = asked.account_id
join core.ticket_rating as rating
  on rating.ticket_id = ticket.ticket_id and rating.local_date < asked.end_on
  and rating.local_date >= asked.end_on - interval 12 months
