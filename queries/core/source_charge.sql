-- view
-- Attempts at payment, of every billing system.
select * from staging.stripe_charge
union all by name
select * from staging.chargebee_transaction
