-- Benefits customers reported: money in its own currency, or hours.
select coalesce(link.account_id, outcome.account) as account_id, outcome.outcome_id, outcome.recorded_on, outcome.kind,
  outcome.amount, upper(outcome.currency) as currency
from staging.files_outcome as outcome
left join core.account_link as link on link.system = 'billing' and link.external_id = outcome.account
