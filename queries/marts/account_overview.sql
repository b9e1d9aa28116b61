-- One row per account: its MRR at the end of the latest period, and how support and product ids were matched to it.
with latest as (
  select account_id, closing_minor
  from marts.account_movement
  where is_live_after and period_id = (select max_by(period_id, end_at) from period where window_name = 'period')
),
matched as (
  select
    account_id,
    max(case when system = 'support' then method end) as support,
    max(case when system = 'product' then method end) as product
  from core.account_link
  group by account_id
)
select account.account_id, account.name, coalesce(latest.closing_minor, 0) as mrr_minor, matched.support, matched.product
from core.account
left join latest on latest.account_id = account.account_id
left join matched on matched.account_id = account.account_id
