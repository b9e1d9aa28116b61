-- view
-- Companies as the CRM knows them, with who looks after each; `owner` is a property like any other.
select
  company.source_name, company.company_id, company.name, company.domain, company.account_hint,
  case
    when owner.name is null then company.properties
    else json_merge_patch(company.properties, cast(to_json({'owner': owner.name}) as json))
  end as properties
from staging.hubspot_company as company
left join (
  -- who left after the first pull is in both lists: the later one counts
  select source_name, owner_id, arg_max(name, batch) as name from staging.hubspot_owner group by source_name, owner_id
) as owner on owner.source_name = company.source_name and owner.owner_id = company.owner_id
