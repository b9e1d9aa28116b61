-- list: churn_without_reason
-- title: Large accounts that left without a recorded reason
-- dimension: churn
-- needs: billing
-- columns: account text "Account", churned money "Churned MRR", ended date "Left on", owner text "Ask"
-- order: churned desc, account_id
with ended as (
  select span.account_id, day.local_date, period.period_id
  from core.subscription_span as span
  asof join day on span.to_at >= day.start_at
  join period on period.start_at <= span.to_at and span.to_at < period.end_at
),
owned as (
  select
    segment.account_id, segment.value, segment.valid_from,
    lead(segment.valid_from, 1, date '9999-12-31') over (
      partition by segment.account_id order by segment.valid_from
    ) as until_on
  from core.account_segment as segment
  join setting on setting.owner_segment = segment.name
)
select
  churned.period_id, churned.account_id, account.name as account, churned.churn_minor as churned,
  (
    select max(ended.local_date) from ended
    where ended.account_id = churned.account_id and ended.period_id = churned.period_id
  ) as ended,
  owned.value as owner
from marts.churned_account as churned
join period on period.period_id = churned.period_id
join core.account on account.account_id = churned.account_id
cross join setting
left join owned
  on owned.account_id = churned.account_id and owned.valid_from < period.end_on and period.end_on <= owned.until_on
where churned.reason is null
  -- large: not in the smallest band of MRR
  and churned.churn_minor
    >= coalesce(setting.size_bands[1], 0) * case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end
