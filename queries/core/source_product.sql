-- view
-- What is sold, in every billing system.
select * from staging.stripe_product
union all by name
select * from staging.chargebee_item
