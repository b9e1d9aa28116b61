-- How much of the closing MRR belongs to accounts that support and product know.
with known as (
  select distinct system, account_id from core.account_link where system in ('support', 'product')
)
select
  movement.period_id, system.system,
  cast(sum(movement.closing_minor) filter (where known.account_id is not null) as bigint) as matched_minor,
  cast(sum(movement.closing_minor) as bigint) as total_minor,
  count(*) filter (where known.account_id is not null) as accounts_matched,
  count(*) as accounts_total
from marts.account_movement as movement
cross join (values ('support'), ('product')) as system (system)
left join known on known.system = system.system and known.account_id = movement.account_id
where movement.is_live_after
group by movement.period_id, system.system
