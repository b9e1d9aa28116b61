-- Products by name: the plan a customer is on.
select source_name, product_id, coalesce(name, product_id) as plan
from core.source_product
