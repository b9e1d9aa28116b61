-- Promises to customers with a date.
select coalesce(link.account_id, commitment.account) as account_id, commitment.commitment_id, commitment.kind,
  commitment.promised_on, commitment.due_on, commitment.delivered_on
from staging.files_commitment as commitment
left join core.account_link as link on link.system = 'billing' and link.external_id = commitment.account
where commitment.due_on is not null
