-- metric: renewals_due_90d
-- title: Renewals due in 90 days
-- team: customer_success
-- dimension: churn
-- kind: driver
-- unit: money
-- better: neutral
-- needs: billing, terms
-- shape: level
-- signal: none
-- definition: MRR at the end of the period of subscription items paid for more than six months at a time whose term ends within
--    the 90 days after it, at the closing exchange rate: what is up for a decision. Those already set to end are in it.
select period_id, account_id, item_id as entity_id, mrr_minor as value
from marts.renewal
