-- metric: top10_concentration
-- title: MRR of the ten largest accounts
-- team: finance
-- dimension: growth
-- kind: driver
-- unit: percent
-- better: lower
-- needs: billing
-- shape: ratio
-- at: end
-- parts: money
-- sample: all
-- signal: none
-- definition: MRR of the ten accounts with the most at the end of the period, divided by all MRR then, at the opening exchange
--    rate. In a segment: what those ten bring of the segment's MRR.
with ranked as (
  select
    period_id, account_id, closing_constant_minor,
    row_number() over (partition by period_id order by closing_constant_minor desc, account_id) as size_rank
  from marts.account_movement
  where is_live_after
)
select
  period_id, account_id, account_id as entity_id,
  case when size_rank <= 10 then closing_constant_minor else 0 end as numerator,
  closing_constant_minor as denominator
from ranked
