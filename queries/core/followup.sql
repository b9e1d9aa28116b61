-- When somebody got back to an account: rows of the company's file, and tickets opened for it that carry
-- [support] followup_tag. A time without an offset is the company's own clock; a day alone counts at its end, the latest it
-- can have been.
with told as (
  select
    coalesce(link.account_id, followup.account) as account_id, followup.author, followup.followed_up_at as told_at,
    try_cast(substr(followup.followed_up_at, 1, 10) as date) as told_on,
    try_cast(substr(followup.followed_up_at, 12, 8) as time) as told_time,
    regexp_matches(followup.followed_up_at, '^.{11}.*([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)$') as has_offset
  from staging.files_followup as followup
  left join core.account_link as link on link.system = 'billing' and link.external_id = followup.account
),
placed as (
  select
    told.account_id, told.author,
    case
      when told.has_offset then try(utc_from_iso(told.told_at))
      when told.told_time is null then day.end_at - interval 1 second
      -- clocks change before four: later times are counted from the day's end
      when told.told_time < time '04:00:00' then day.start_at + to_microseconds(epoch_us(told.told_time))
      else day.end_at - to_microseconds(86400000000 - epoch_us(told.told_time))
    end as followed_up_at
  from told
  left join day on day.local_date = told.told_on
),
tagged as (
  select ticket.account_id, cast(null as varchar) as author, ticket.created_at as followed_up_at
  from core.ticket
  cross join setting
  where ticket.account_id is not null and list_contains(ticket.tags, setting.followup_tag)
)
select account_id, author, followed_up_at
from (select * from placed union all select * from tagged) as followup
cross join setting
where followup.followed_up_at <= setting.as_of_at
