-- check: currency_without_rate
-- title: MRR in a currency without an exchange rate is shown apart
-- severity: warn
-- dimensions: growth, churn
select distinct span.currency
from core.subscription_span as span
left join core.fx_rate as rate on rate.currency = span.currency
where rate.currency is null
