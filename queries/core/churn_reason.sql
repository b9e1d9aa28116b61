-- Why an account left: its owner's word before the billing system's field, which is mostly empty.
with said as (
  select account, churned_on, reason, author, 0 as noted from staging.files_churn_reason
  union all
  -- noted with `churn reason`: the latest word counts
  select account, churned_on, reason, author, noted + 1 from noted_churn_reason
),
owner as (
  select coalesce(link.account_id, reason.account) as account_id, reason.churned_on, reason.reason, reason.author, reason.noted
  from said as reason
  left join core.account_link as link on link.system = 'billing' and link.external_id = reason.account
),
billing as (
  select
    account_id,
    day.local_date as churned_on,
    case
      when cancel_reason in ('payment_failed', 'payment_disputed') then cancel_reason
      else cancel_feedback
    end as reason
  from core.subscription
  asof join day on subscription.ended_at >= day.start_at
  where ended_at is not null
)
select account_id, churned_on, reason, author, 1 as rank, noted from owner where reason is not null
union all
select account_id, churned_on, reason, cast(null as varchar), 2, 0 from billing where reason is not null
