-- Groups the product knows: accounts as it names them. native_key is the key as its own source has it.
select distinct source_name, group_key, native_id(source_name, group_key) as native_key
from (
  select source_name, group_key from staging.posthog_group
  union all
  select source_name, group_key from staging.posthog_usage_day where group_key is not null
) as seen
