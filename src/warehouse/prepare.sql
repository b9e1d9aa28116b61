create schema if not exists staging;
create schema if not exists core;
create schema if not exists marts;
create schema if not exists metrics;
create schema if not exists meta;

create schema if not exists landing;
-- Up to which batch each table is loaded, of each source; of tables with several streams, which batch came from which.
create table if not exists meta.loaded_through (
  table_name varchar, source_name varchar, batch_id bigint not null, loads bigint not null, primary key (table_name, source_name)
);
create table if not exists meta.batch_of (table_name varchar, landing varchar, batch_id bigint);
-- Records in landing that a table's query cannot read: left out of it until they come anew (where versions are
-- kept, they do not) or the query is another.
create table if not exists meta.refused (
  table_name varchar, file varchar, definition varchar, landing varchar, source_name varchar, stream varchar, batch bigint,
  seq bigint, record_key varchar, json_path varchar, reason varchar, message varchar, window_from varchar, window_to varchar
);
create table if not exists meta.built (fingerprint varchar not null);
create table if not exists meta.inspected (hash varchar, reads varchar);
create table if not exists meta.staging_definition (table_name varchar primary key, hash varchar not null);


-- Instants are plain TIMESTAMP in UTC. Casting '…+02:00' to TIMESTAMP drops the offset; these do not. A text that is no
-- instant is an error, an empty one is none.
create or replace macro utc_from_epoch(seconds) as make_timestamp(cast(seconds as bigint) * 1000000);
create or replace macro utc_from_iso(text) as make_timestamp(epoch_us(cast(nullif(text, '') as timestamptz)));

-- A record read by a spec as from_json reads it, but strictly: a value that cannot be read is an error, which sets the record
-- aside, where from_json makes it NULL. What is missing stays NULL (from_json_strict wants every key in every record). Every
-- value is read as text first and then cast, which costs about a microsecond a record.
create or replace macro strictly(record, spec) as cast_to_type(
  from_json(
    record,
    regexp_replace(regexp_replace(spec, ':\s*"[^"jJ][^"]*"', ':"VARCHAR"', 'g'), '\[\s*"[^"jJ][^"]*"', '["VARCHAR"', 'g')
  ),
  from_json(record, spec)
);

-- Whether a record has objects and lists where strictly takes them for such: missing or null they may be, anything else in their
-- place is an error. A list of objects is known by its first. As a condition, so that a record is parsed here and not copied.
create or replace macro misplaced(record, places, wanted) as
  list_filter(
    list_zip(places, json_type(record, places)), lambda one: one[2] <> wanted and one[2] <> 'NULL'
  )[1][1];
create or replace macro shown_place(place) as
  replace(replace(replace(place[2:], '.', '/'), '"', ''), '[0]', '/0');
create or replace macro has_shape(record, objects, lists) as
  case
    when misplaced(record, objects, 'OBJECT') is not null then error(
      shown_place(misplaced(record, objects, 'OBJECT')) || ' is not an object but '
        || left(cast(json_extract(record, misplaced(record, objects, 'OBJECT')) as varchar), 60)
    )
    when misplaced(record, lists, 'ARRAY') is not null then error(
      shown_place(misplaced(record, lists, 'ARRAY')) || ' is not a list but '
        || left(cast(json_extract(record, misplaced(record, lists, 'ARRAY')) as varchar), 60)
    )
    else true
  end;

-- numerator / denominator of whole numbers, rounded half away from zero, without floating point.
create or replace macro divide_half_up(numerator, denominator) as
  sign(numerator)::hugeint * ((2 * abs(numerator)::hugeint + denominator::hugeint) // (2 * denominator::hugeint));

-- An amount sent as text, in minor units or below one; empty is none, and what is no number is an error. Whole numbers that fit
-- take the short way: casting text to so wide a decimal digit by digit is eight times slower.
create or replace macro amount_of_text(text) as
  case
    when strlen(text) <= 16 and cast(try_cast(text as bigint) as varchar) = text then cast(cast(text as bigint) as decimal(28, 12))
    else cast(nullif(text, '') as decimal(28, 12))
  end;

-- How many minor units make one unit of a currency: a hundred unless listed.
create or replace macro minor_units(currency) as
  case
    when upper(currency) in (
      'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
    ) then 1
    when upper(currency) in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then 1000
    else 100
  end;

-- A reference that an API sends as an id, or as the whole object when expanded.
create or replace macro expandable_id(reference) as
  coalesce(json_extract_string(reference, '$.id'), json_extract_string(reference, '$'));

-- An id as it is known outside its source: of several sources of one system all but the first have their ids read NAME:id,
-- which a load makes of this macro. native_id is the way back.
create or replace macro qualified_id(source, id) as id;
create or replace macro native_id(source, id) as
  case when starts_with(id, source || ':') then substr(id, length(source) + 2) else id end;

-- The tiers of a price as APIs send them, JSON: `up_to` is a number, NULL or 'inf'; amounts are in minor units and may be below
-- one. Read where there are any, as most prices have none. Below the name they have with a price, so that an error names it.
-- Where there are none, a staging query says their type itself.
create or replace macro price_tiers(tiers) as
  case
    when tiers is null then null
    when has_shape(json_object('tiers', tiers), ['$.tiers[0]'], ['$.tiers']) then list_transform(
      strictly(tiers, '[{"up_to":"VARCHAR","unit_amount":"VARCHAR","unit_amount_decimal":"VARCHAR",
        "flat_amount":"VARCHAR","flat_amount_decimal":"VARCHAR"}]'),
      lambda tier: {
        'up_to': cast(nullif(nullif(tier.up_to, ''), 'inf') as bigint),
        'unit_amount':
          cast(coalesce(nullif(tier.unit_amount_decimal, ''), nullif(tier.unit_amount, ''), '0') as decimal(28, 12)),
        'flat_amount':
          cast(coalesce(nullif(tier.flat_amount_decimal, ''), nullif(tier.flat_amount, ''), '0') as decimal(28, 12))
      }
    )
  end;
