-- Which function answers for a churn reason. Adds to and is replaced by [billing.churn_functions].
with shipped (reason, function_name) as (
  values
    ('too_expensive', 'marketing & sales'), ('missing_features', 'engineering'), ('too_complex', 'engineering'),
    ('low_quality', 'engineering'), ('customer_service', 'support'), ('unused', 'services'),
    ('switched_service', 'product'), ('payment_failed', 'finance'), ('payment_disputed', 'finance')
)
select reason, function_name from setting_churn_function
union all
select reason, function_name from shipped where reason not in (select reason from setting_churn_function)
