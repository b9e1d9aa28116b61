-- view
-- Customers as helpdesks know them.
select * from staging.zendesk_organization
union all by name
select * from staging.intercom_company
