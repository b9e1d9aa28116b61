-- What became of records set aside. The same record set aside again is one row: seen first at `first_at`, last at `seen_at`.
alter table quarantine add column first_at text;
alter table quarantine add column times integer not null default 1;
alter table quarantine add column became text;       -- retried | superseded (it came again and was taken); null: it is still set aside
alter table quarantine add column became_at text;
update quarantine set first_at = seen_at;
create index quarantine_open on quarantine (source, stream, record_key) where became is null;

-- Landing files of a whole list that is not read to its end: they become batches together, or go.
create table part (
  part_id integer primary key,
  source text not null, stream text not null,
  path text not null unique,             -- relative to the store
  rows integer not null, sha256 text not null,
  extracted_at text not null
) strict;
create index part_stream on part (source, stream, part_id);
