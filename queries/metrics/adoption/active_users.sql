-- metric: active_users
-- title: Active people
-- team: product
-- dimension: adoption
-- kind: outcome
-- unit: count
-- better: higher
-- needs: usage
-- shape: distinct
-- signal: none
-- definition: People of known accounts who did at least one meaningful thing in the period. For weeks this is WAU, for months
--    MAU.
select period_day.period_id, active.account_id, active.person_id as entity_id
from marts.account_active_day as active
join period_day on period_day.local_date = active.local_date
