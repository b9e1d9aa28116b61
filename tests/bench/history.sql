-- Billing objects of a simulated company, as records of landing files: one table per stream, with key and record. Every choice
-- follows from a hash of the account's number.
create table account as
select
  i, 'cus_' || lpad(cast(i as varchar), 8, '0') as customer_id,
  timestamp '2023-07-01' + to_seconds(cast(hash(i, 1) % 92000000 as bigint)) as joined_at
from range(20000) as number (i);

-- every fifth account has two
create table subscription as
select
  account.customer_id, 'sub_' || k || substr(customer_id, 4) as subscription_id, hash(i, k, 2) % 100 as draw,
  hash(i, k, 3) % 8 as price, joined_at + to_days(cast(k * (hash(i, 4) % 300) as integer)) as start_at, hash(i, k, 5) as seed
from account, range(2) as nth (k)
where k = 0 or hash(i, 6) % 5 = 0;

create table paid as
select
  subscription.*,
  if(draw < 15, 'eur', 'usd') as currency,
  if(price < 6, 'month', 'year') as unit,
  1000 * (price + 1) + 900 as minor,
  'price_' || price || '_' || if(draw < 15, 'eur', 'usd') as price_id,
  -- four of ten end
  case when draw % 10 < 4 then start_at + to_days(cast(30 + seed % 500 as integer)) end as ends_at
from subscription
where start_at < timestamp '2026-07-01';

create table line as
select
  *, period_at + if(unit = 'month', interval 1 month, interval 1 year) as until_at,
  -- another quantity every half year or so
  1 + hash(seed, nth // 6) % 7 as quantity
from (
  select paid.*, nth, start_at + if(unit = 'month', to_months(cast(nth as integer)), to_years(cast(nth as integer))) as period_at
  from paid, range(37) as counter (nth)
) as cycle
where period_at < coalesce(ends_at, timestamp '9999-12-31') and period_at < timestamp '2026-07-06 06:00:00';

create table prices as
select distinct
  price_id as key,
  cast(to_json({
    'id': price_id, 'object': 'price', 'active': true, 'billing_scheme': 'per_unit', 'currency': currency, 'created': 1,
    'product': 'prod_' || price % 4, 'unit_amount': minor, 'unit_amount_decimal': cast(minor as varchar), 'type': 'recurring',
    'recurring': {'interval': unit, 'interval_count': 1, 'usage_type': 'licensed'}, 'livemode': true
  }) as varchar) as record
from paid;

create table products as
select
  'prod_' || i as key,
  cast(to_json({'id': 'prod_' || i, 'object': 'product', 'created': 1, 'name': (['Basic', 'Plus', 'Scale', 'Add-on'])[i + 1]}) as varchar) as record
from range(4) as number (i);

create table customers as
select
  customer_id as key,
  cast(to_json({
    'id': customer_id, 'object': 'customer', 'created': cast(epoch(joined_at) as bigint), 'name': 'Customer ' || i,
    'email': 'billing@c' || i || '.example', 'livemode': true, 'metadata': {'n': i}
  }) as varchar) as record
from account;

create table shown as
select
  paid.*, quantity,
  {
    'id': subscription_id, 'object': 'subscription', 'created': cast(epoch(start_at) as bigint),
    'start_date': cast(epoch(start_at) as bigint), 'customer': customer_id, 'currency': currency, 'livemode': true,
    'status': if(ends_at < timestamp '2026-07-06 06:00:00', 'canceled', 'active'),
    'ended_at': if(ends_at < timestamp '2026-07-06 06:00:00', cast(epoch(ends_at) as bigint), null),
    'cancel_at_period_end': ends_at > timestamp '2026-07-06 06:00:00', 'trial_start': cast(null as bigint),
    'trial_end': cast(null as bigint), 'discounts': cast([] as varchar[]),
    'items': {'object': 'list', 'has_more': false, 'data': [{
      'id': 'si_' || subscription_id, 'object': 'subscription_item', 'quantity': quantity,
      'price': {
        'id': price_id, 'currency': currency, 'product': 'prod_' || price % 4, 'unit_amount': minor,
        'unit_amount_decimal': cast(minor as varchar), 'billing_scheme': 'per_unit',
        'recurring': {'interval': unit, 'interval_count': 1, 'usage_type': 'licensed'}
      }
    }]}
  } as object
from paid
join (select subscription_id, max_by(quantity, nth) as quantity from line group by subscription_id) as latest using (subscription_id);

create table subscriptions as
select subscription_id as key, cast(to_json(object) as varchar) as record from shown;

-- the last thirty days of changes
create table events as
select
  'evt_' || subscription_id as key,
  cast(to_json({
    'id': 'evt_' || subscription_id, 'object': 'event', 'type': 'customer.subscription.updated', 'livemode': true,
    'created': cast(epoch(timestamp '2026-07-06 05:00:00') as bigint) - cast(seed % 2500000 as bigint), 'data': {'object': object}
  }) as varchar) as record
from shown
where seed % 20 = 0 and start_at < timestamp '2026-06-01' and (ends_at is null or ends_at > timestamp '2026-07-06');

create table invoices as
select
  'in_' || nth || subscription_id as key,
  cast(to_json({
    'id': 'in_' || nth || subscription_id, 'object': 'invoice', 'created': cast(epoch(period_at) as bigint),
    'customer': customer_id, 'currency': currency, 'status': 'paid', 'livemode': true, 'total': minor * quantity,
    'amount_due': minor * quantity, 'amount_paid': minor * quantity, 'amount_remaining': 0, 'attempt_count': 1,
    'billing_reason': 'subscription_cycle', 'parent': {'subscription_details': {'subscription': subscription_id}},
    'lines': {'object': 'list', 'has_more': false, 'data': [{
      'id': 'il_' || nth || subscription_id, 'object': 'line_item', 'amount': minor * quantity, 'currency': currency,
      'quantity': quantity,
      'period': {'start': cast(epoch(period_at) as bigint), 'end': cast(epoch(until_at) as bigint)},
      'parent': {'type': 'subscription_item_details', 'subscription_item_details': {
        'subscription': subscription_id, 'subscription_item': 'si_' || subscription_id, 'proration': false}},
      'pricing': {'unit_amount_decimal': cast(minor as varchar), 'price_details': {'price': price_id, 'product': 'prod_' || price % 4}}
    }]}
  }) as varchar) as record
from line;

create table fx_rate as
select
  'eur' || month_on as key,
  cast(to_json({'date': cast(cast(month_on as date) as varchar), 'currency': 'EUR', 'rate': cast(1.05 + (hash(month_on) % 20) / 100.0 as decimal(6, 4)) || ''}) as varchar) as record
from range(timestamp '2023-01-01', timestamp '2026-07-02', interval 1 month) as month (month_on);
