-- list: churn_reasons
-- title: Churned MRR by reason and the function that answers for it
-- dimension: churn
-- needs: billing
-- columns: reason word "Reason", function word "Answers for it", churned money "Churned MRR", accounts count "Accounts"
-- order: churned desc, reason
select
  period_id, cast(null as varchar) as account_id,
  coalesce(replace(reason, '_', ' '), 'not recorded') as reason, function_name as function,
  cast(sum(churn_minor) as bigint) as churned, count(*) as accounts
from marts.churned_account
group by period_id, coalesce(replace(reason, '_', ' '), 'not recorded'), function_name
