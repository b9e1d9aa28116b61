-- Currencies seen, with the digits of their minor unit as billing APIs send it (two unless listed).
with seen as (
  select currency from staging.stripe_subscription where currency is not null
  union
  select currency from staging.stripe_invoice where currency is not null
  union
  select currency from setting
)
select
  currency,
  case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
    when currency in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then 3
    else 2
  end as digits
from seen
