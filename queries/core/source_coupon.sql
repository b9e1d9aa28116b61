-- view
-- Reductions that subscriptions refer to, of every billing system.
select * from staging.stripe_coupon
union all by name
select * from staging.chargebee_coupon
