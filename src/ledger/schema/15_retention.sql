-- Records that a stream no longer keeps for their age, and went from landing.
create table expired (
  expired_id integer primary key,
  source text not null, manifest text not null, stream text not null,
  batch_id integer not null,             -- the first that lost records: editions that knew it are no longer replayed in full
  rows integer not null,
  days integer not null,                 -- how long they are kept
  is_shown integer not null,             -- tables had rows of them, and are loaded anew
  expired_at text not null
) strict;
create index expired_stream on expired (manifest, stream) where is_shown = 1;
