-- Values of every named segment by the number of accounts that ever had them. The largest fifty stand for themselves, all
-- others are one: `label` is what reviews show.
with held as (
  select distinct name, value, account_id
  from core.account_segment
  where value is not null
  union
  select distinct 'plan', coalesce(plan.plan, span.product_id, '(none)'), span.account_id
  from core.subscription_span as span
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
),
ranked as (
  select name, value, count(*) as accounts, row_number() over (partition by name order by count(*) desc, value) as size_rank
  from held
  group by name, value
)
select name, value, accounts, case when size_rank <= 50 then value else '(other)' end as label
from ranked
