-- The rate in force at both ends of every period, per currency (left limit: the last day before the end counts).
-- shift scales local minor units to the company's: e.g. JPY (0 digits) to USD (2 digits) multiplies by 100.
select
  period.period_id, currency.currency,
  opening.rate_e8 as opening_rate_e8, closing.rate_e8 as closing_rate_e8,
  case setting.currency_digits when 0 then 1 when 2 then 100 else 1000 end as to_units,
  case currency.digits when 0 then 1 when 2 then 100 else 1000 end as from_units
from period
cross join core.currency
cross join setting
left join core.fx_rate as opening
  on opening.currency = currency.currency and opening.rate_on < period.start_on and period.start_on <= opening.until_on
left join core.fx_rate as closing
  on closing.currency = currency.currency and closing.rate_on < period.end_on and period.end_on <= closing.until_on
