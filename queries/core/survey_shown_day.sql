-- How often people of known accounts were shown a survey that is answered with a score from 0 to 10.
select shown.day as local_date, link.account_id, cast(sum(shown.shown) as bigint) as shown
from staging.posthog_survey_shown_day as shown
join core.account_link as link on link.system = 'product' and link.external_id = shown.group_key
where shown.survey_id in (select survey_id from staging.posthog_survey_answer where score between 0 and 10)
group by shown.day, link.account_id
