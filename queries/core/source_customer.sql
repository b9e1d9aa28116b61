-- view
-- Customers as billing systems list them, whichever they are: every column one of them has.
select * from staging.stripe_customer
union all by name
select * from staging.chargebee_customer
