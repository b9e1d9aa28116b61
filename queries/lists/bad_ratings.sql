-- list: bad_ratings
-- title: Tickets rated bad
-- dimension: sla
-- needs: ratings
-- columns: account text "Account", ticket text "Ticket", rated date "Rated", state word "State", mrr money "MRR"
-- order: mrr desc nulls last, ticket
select
  period_day.period_id, ticket.account_id, coalesce(account.name, '(no account)') as account, ticket.ticket_id as ticket,
  rating.local_date as rated, ticket.status as state, movement.closing_minor as mrr
from core.ticket_rating as rating
join core.ticket on ticket.ticket_id = rating.ticket_id
join period_day on period_day.local_date = rating.local_date
left join core.account on account.account_id = ticket.account_id
left join marts.account_movement as movement
  on movement.period_id = period_day.period_id and movement.account_id = ticket.account_id
where not rating.is_good
