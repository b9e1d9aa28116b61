-- view
-- What customers asked, in every helpdesk.
select * from staging.zendesk_ticket
union all by name
select * from staging.intercom_conversation
