-- view
-- Credits on invoices, of every billing system.
select * from staging.stripe_credit_note
union all by name
select * from staging.chargebee_credit_note
