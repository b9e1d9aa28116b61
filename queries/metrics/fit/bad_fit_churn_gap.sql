-- metric: bad_fit_churn_gap
-- title: Extra churn of customers that do not fit
-- team: sales
-- dimension: fit
-- kind: outcome
-- unit: percent
-- better: lower
-- needs: billing, fit
-- shape: custom
-- signal: none
-- definition: Gross MRR churn of accounts below the company's profile ([fit] criteria and threshold) less that of accounts that
--    match it, in percentage points, at the opening exchange rate. The profile is taken when an account begins to pay. Unknown
--    while either kind has no customers. The count behind it is that of the smaller kind.
with side as (
  select
    movement.period_id,
    coalesce(fit.is_good_fit, false) as is_good_fit,
    count(*) as accounts,
    cast(sum(greatest(movement.opening_minor - movement.closing_constant_minor, 0)) as hugeint) as lost_minor,
    cast(sum(movement.opening_minor) as hugeint) as opening_minor
  from marts.account_movement as movement
  left join marts.account_fit as fit on fit.account_id = movement.account_id
  where movement.is_live_before
  group by movement.period_id, coalesce(fit.is_good_fit, false)
)
select
  bad.period_id, 'total' as segment_name, '' as segment_value,
  cast(null as bigint) as numerator, cast(null as bigint) as denominator,
  least(bad.accounts, good.accounts) as n,
  cast(
    divide_half_up(bad.lost_minor * 1000000000000, bad.opening_minor)
      - divide_half_up(good.lost_minor * 1000000000000, good.opening_minor)
    as decimal(24, 0)
  ) * cast(0.000000000001 as decimal(13, 12)) as value
from side as bad
join side as good on good.period_id = bad.period_id and good.is_good_fit
where not bad.is_good_fit and bad.opening_minor > 0 and good.opening_minor > 0
