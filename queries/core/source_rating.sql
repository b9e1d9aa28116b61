-- view
-- What customers said of the answer, in every helpdesk.
select * from staging.zendesk_satisfaction_rating
union all by name
select * from staging.intercom_conversation_rating
