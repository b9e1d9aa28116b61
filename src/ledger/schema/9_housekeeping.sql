-- While a row has no `released_at`, nothing is sent: after a restore, until the operator said what was sent since the backup.
create table hold (
  hold_id integer primary key,
  held_at text not null, reason text not null,
  backup_at text not null,               -- what the ledger knows of
  released_at text, released_by text,
  decision text                          -- what the operator said, in words
) strict;

-- What housekeeping removed, and that it ran.
create table removal (
  removal_id integer primary key,
  removed_at text not null,
  kind text not null,                    -- landing | edition | mail_bytes | run | pull | occurrence | quarantine | dry_run; none: it ran
  count integer not null, bytes integer not null
) strict;

-- A customer who was forgotten, by a hash of the account's id. Without `finished_at` it was interrupted and has to be run again.
create table erasure (
  erasure_id integer primary key,
  customer_hash text not null,
  started_at text not null, finished_at text,
  author text not null, reason text,
  touched text                           -- what was removed and rewritten, in counts (JSON)
) strict;

-- Ids that do not land again: a hash of what the id is of (a system, or a manifest's stream) and of the id.
create table erased_id (
  hash text primary key,
  erasure_id integer not null references erasure (erasure_id)
) strict;

-- What an erasure that is not finished looks for, in clear. Empty otherwise.
create table erasure_term (
  erasure_id integer not null references erasure (erasure_id),
  kind text not null, term text not null,
  primary key (erasure_id, kind, term)
) strict;

-- The editions in which something was replaced.
create table erased_edition (
  edition_id integer not null references edition (edition_id),
  erasure_id integer not null references erasure (erasure_id),
  primary key (edition_id, erasure_id)
) strict;
