-- Records in landing that the query of a staging table cannot read, as the last load left them: what the warehouse knows too, told
-- where it is not open. They are left out of the table until they come anew or the query is another.
create table refused (
  refused_id integer primary key,
  table_name text not null,
  file text not null,                    -- of the query, below queries/
  definition text not null,              -- hash of what the table is made of
  source text not null, stream text not null,
  batch_id integer not null, seq integer not null,
  record_key text,
  json_path text not null,               -- what cannot be read, where that is known; else empty
  reason text not null,                  -- without the value
  message text not null,                 -- the database's own, first line
  unique (table_name, batch_id, seq)
) strict;
