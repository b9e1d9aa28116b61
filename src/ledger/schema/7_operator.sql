-- What the operator must know: one row per cause, from when it was first seen until it ended. When it comes back, it is another row.
create table notice (
  notice_id integer primary key,
  cause text not null,                   -- what is wrong with what: `uncertain support 2026-W47`
  summary text not null,                 -- as last seen, in words; recipients masked
  since text not null,                   -- when it began, as far as the ledger knows
  first_seen_at text not null,
  weight integer not null,               -- how bad it is; what grows is told again
  resolved_at text
) strict;
create unique index notice_open on notice (cause) where resolved_at is null;

-- What each route told of it: a route that failed has no row here, and tells it at its next turn.
create table notice_told (
  notice_id integer not null references notice (notice_id),
  route text not null,                   -- mail | webhook
  told_at text not null, told_weight integer not null,
  end_told_at text,
  primary key (notice_id, route)
) strict;

-- How each route does. The ping is one: it says that editions are out, not that something failed.
create table notice_route (
  route text primary key,                -- mail | webhook | ping
  tried_at text, ok_at text,
  failed_at text, error text             -- null since it last worked
) strict;

-- Occurrences whose editions were out on time, and whether whoever watches for that was told.
create table ping (
  report text not null, due_at text not null,
  state text not null,                   -- acknowledged | late (never told) | given_up
  settled_at text not null,
  primary key (report, due_at)
) strict;

-- Where mail stands, without reading past its bytes.
create index delivery_standing on delivery (edition_id, is_test, state, recipient, updated_at);
