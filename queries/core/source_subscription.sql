-- view
-- Known versions of subscriptions, of every billing system.
select * from staging.stripe_subscription
union all by name
select * from staging.chargebee_subscription
