-- view
-- Known versions of the people of tickets, of every helpdesk.
select * from staging.zendesk_user
union all by name
select * from staging.intercom_person
