-- Recorded benefits in minor units of the company's currency: revenue gained and cost saved at the rate of their day, hours at
-- [value] hour_rate. NULL where there is no rate for them: such a benefit is not known.
select
  outcome.account_id,
  outcome.outcome_id,
  outcome.recorded_on,
  cast(
    case
      when lower(outcome.kind) = 'hours' then divide_half_up(
        cast(outcome.amount * 10000 as hugeint) * cast(setting.hour_rate * 10000 as hugeint) * units.minor,
        cast(100000000 as hugeint)
      )
      when lower(outcome.kind) in ('revenue', 'cost') then divide_half_up(
        cast(outcome.amount * 10000 as hugeint) * rate.rate_e8 * units.minor, cast(1000000000000 as hugeint)
      )
    end as bigint
  ) as value_minor
from core.outcome
cross join setting
cross join (
  select case currency_digits when 0 then 1 when 2 then 100 else 1000 end as minor from setting
) as units
left join core.fx_rate as rate
  on rate.currency = coalesce(outcome.currency, setting.currency)
  and rate.rate_on <= outcome.recorded_on and outcome.recorded_on < rate.until_on
