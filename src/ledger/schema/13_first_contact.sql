-- What first contact and privacy keep.

-- A stretch of a stream's history that was asked for again: its own place to go on, beside the stream's cursor.
create table if not exists backfill (
  backfill_id integer primary key,
  source text not null, stream text not null,
  from_on text not null, to_on text not null,  -- first and last day
  state text,                                  -- the engine's JSON
  started_at text not null, finished_at text
) strict;
create index if not exists backfill_stream on backfill (source, stream, backfill_id);
