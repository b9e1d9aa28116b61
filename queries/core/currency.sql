-- Currencies seen, with the digits of their minor unit as billing APIs send it (two unless listed).
with seen as (
  select currency from core.source_subscription where currency is not null
  union
  select currency from core.source_invoice where currency is not null
  union
  select currency from setting
)
select currency, case minor_units(currency) when 1 then 0 when 1000 then 3 else 2 end as digits
from seen
