-- Landing files that were joined: several batches share one, each keeping its number, its pull and its time. Such a file says of every
-- record to which batch it belongs.
create table batch_11 (
  batch_id integer primary key,
  source text not null, manifest text not null, stream text not null,
  path text not null,                    -- relative to the store
  rows integer not null, sha256 text not null,
  write_mode text not null,              -- merge | versions | append | replace | replace_window
  window_from text, window_to text,      -- what a replace_window replaces
  pull_id integer not null,              -- all batches of one replace belong to one pull
  extracted_at text not null,
  is_joined integer not null default 0   -- its file holds other batches too
) strict;
insert into batch_11
select batch_id, source, manifest, stream, path, rows, sha256, write_mode, window_from, window_to, pull_id, extracted_at, 0
from batch;
drop table batch;
alter table batch_11 rename to batch;
create index batch_stream on batch (manifest, stream, batch_id);
create index batch_path on batch (path);
create index batch_pull on batch (pull_id);
