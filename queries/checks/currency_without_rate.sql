-- check: currency_without_rate
-- title: MRR in a currency without an exchange rate is shown apart
-- severity: warn
-- dimensions: growth, churn
select movement.currency, count(distinct movement.period_id) as periods, max(period.end_on) as until
from marts.mrr_movement as movement
join period on period.period_id = movement.period_id
where movement.closing_minor is null
group by movement.currency
