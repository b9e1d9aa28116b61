-- metric: resolution_time
-- title: Resolution time
-- team: support
-- dimension: sla
-- kind: driver
-- unit: business_duration
-- better: lower
-- guardrail: reopen_rate
-- needs: tickets
-- shape: quantile(0.5, 0.9)
-- signal: none
-- definition: Time from a ticket's creation to the last time it was solved, over tickets solved in the period and still so at
--    its end, in business hours of the schedules each ticket followed (calendar time where there is none), waiting for the
--    customer included: the median, and the 90th percentile beside it. A ticket opened again later counts anew when it is
--    solved again; the earlier period keeps it.
select period_id, account_id, ticket_id as entity_id, elapsed_s as value
from marts.solved_ticket
