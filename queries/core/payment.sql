-- Payment attempts of customers.
select
  charge.charge_id, link.account_id, charge.status = 'succeeded' as is_paid, charge.charged_minor, charge.currency,
  charge.created_at, day.local_date
from core.source_charge as charge
join core.account_link as link on link.system = 'billing' and link.external_id = charge.customer_id
asof join day on charge.created_at >= day.start_at
where charge.is_live and charge.status in ('succeeded', 'failed')
