-- Rates as a step function: company currency for one unit of `currency`, in force from rate_on until the next one.
-- The company's own currency is 1 at all times. rate_e8 is the rate times 10^8, for exact integer arithmetic.
with rate as (
  select upper(currency) as currency, rate_on, rate from staging.files_fx_rate
  union all
  select currency, date '1900-01-01', 1 from setting
)
select
  rate.currency,
  rate.rate_on,
  coalesce(lead(rate.rate_on) over (partition by rate.currency order by rate.rate_on), date '9999-12-31') as until_on,
  cast(rate.rate * 100000000 as hugeint) as rate_e8
from rate
cross join setting
where rate.currency <> setting.currency or rate.rate_on = date '1900-01-01'
