-- Terms subscription items were or are paid for: those invoiced, and the present one. Prorations keep the term they are in.
select source_name, item_id, start_at, end_at
from core.subscription_line
where not is_proration and line_minor >= 0 and start_at < end_at
union
select source_name, term.item_id, term.start_at, term.end_at
from (select source_name, unnest(terms) as term from core.subscription) as present
where term.start_at < term.end_at
