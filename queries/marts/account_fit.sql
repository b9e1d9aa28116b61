-- How well each account matched the company's profile ([fit]) when it began to pay, 0 to 100: the weight of the criteria that
-- apply over the weight of all. Empty where no criteria are set.
with began as (
  select account_id, min(from_at) as began_at from core.subscription_span group by account_id
),
profile as (
  select
    span.account_id,
    list(distinct coalesce(plan.plan, span.product_id)) as plans,
    list(distinct span.interval_unit) as intervals,
    sum(span.quantity) as seats
  from began
  join core.subscription_span as span on span.account_id = began.account_id and span.from_at = began.began_at
  left join core.plan on plan.source_name = span.source_name and plan.product_id = span.product_id
  group by span.account_id
),
matched as (
  select
    profile.account_id, criterion.weight,
    case criterion.attribute
      when 'plan' then list_has_any(profile.plans, criterion.any_of)
      when 'interval' then list_has_any(profile.intervals, criterion.any_of)
      else profile.seats >= criterion.at_least
    end as is_met
  from profile
  cross join setting_fit_criterion as criterion
)
select
  matched.account_id,
  cast(sum(case when is_met then 100 * weight else 0 end) // nullif(sum(weight), 0) as bigint) as score,
  sum(case when is_met then 100 * weight else 0 end) >= any_value(setting.fit_threshold) * sum(weight) as is_good_fit
from matched
cross join setting
group by matched.account_id
