-- The fields that records of a stream are known to have: a field that is new is said once.
create table known_field (
  source text not null, stream text not null,
  field text not null,                   -- a member of the record itself
  first_seen_at text not null,
  primary key (source, stream, field)
) strict, without rowid;
