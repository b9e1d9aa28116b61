-- view
-- Invoices with their lines, of every billing system.
select * from staging.stripe_invoice
union all by name
select * from staging.chargebee_invoice
