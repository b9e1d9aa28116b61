-- metric: mrr
-- title: MRR
-- team: finance
-- dimension: growth
-- kind: outcome
-- unit: money
-- better: higher
-- guardrail: gross_mrr_churn
-- needs: billing
-- shape: level
-- leads: yes
-- signal: change
-- definition: Monthly recurring revenue at the end of the period, over all customers. A customer is an account with at least
--    one paid subscription. MRR is the price of live subscriptions per month, net of tax and of lasting discounts;
--    trials, unpaid, one-off and metered lines are not in it.
select period_id, account_id, account_id as entity_id, closing_minor as value
from marts.account_movement
where closing_minor <> 0
