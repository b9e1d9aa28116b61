-- check: product_coverage
-- title: Less than four fifths of MRR is matched to accounts of product
-- severity: provisional
-- dimensions: adoption
with latest as (
  select max_by(period_id, end_at) as period_id from period where window_name = 'period'
)
select coverage.period_id as period, coverage.accounts_matched as matched, coverage.accounts_total as accounts
from marts.coverage
join latest on latest.period_id = coverage.period_id
where coverage.system = 'product'
  and exists (select 1 from core.account_link as link where link.system = 'product')
  and coverage.matched_minor * 5 < coverage.total_minor * 4
