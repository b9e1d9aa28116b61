-- view
-- What happened to tickets, in every helpdesk.
select * from staging.zendesk_ticket_event
union all by name
select * from staging.intercom_conversation_event
