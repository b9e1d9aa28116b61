-- view
-- Price lists, of every billing system.
select * from staging.stripe_price
union all by name
select * from staging.chargebee_item_price
