-- One row per stream of a source: where its next pull starts. `state` is the engine's JSON.
create table if not exists cursor (
  source text not null, stream text not null, state text not null, updated_at text not null,
  primary key (source, stream)
) strict;

-- A landing file. A file that is not listed here does not exist.
create table if not exists batch (
  batch_id integer primary key,
  source text not null, manifest text not null, stream text not null,
  path text not null unique,            -- relative to the store
  rows integer not null, sha256 text not null,
  write_mode text not null,             -- merge | versions | append | replace | replace_window
  window_from text, window_to text,     -- what a replace_window replaces
  pull_id integer not null,             -- all batches of one replace belong to one pull
  extracted_at text not null
) strict;
create index if not exists batch_stream on batch (manifest, stream, batch_id);

-- One attempt to pull one stream.
create table if not exists pull (
  pull_id integer primary key,
  source text not null, stream text not null,
  started_at text not null, finished_at text,
  rows integer not null default 0, requests integer not null default 0,
  outcome text,                          -- ok | failed | skipped
  message text
) strict;
create index if not exists pull_source on pull (source, stream, pull_id);

-- Records that could not be taken as they are: kept, counted, shown.
create table if not exists quarantine (
  quarantine_id integer primary key,
  source text not null, stream text not null, record_key text, json_path text not null,
  reason text not null, record text not null, seen_at text not null
) strict;

-- One execution of the pipeline.
create table if not exists run (
  run_id integer primary key,
  trigger text not null,                 -- schedule | manual | demo
  started_at text not null, finished_at text,
  exit_code integer, pid integer not null, problems text
) strict;

-- An occurrence of a report's schedule: claimed once.
create table if not exists occurrence (
  report text not null, due_at text not null,
  state text not null,                   -- started | done | failed | missed | first_seen (nothing before is owed)
  recorded_at text not null, run_id integer,
  primary key (report, due_at)
) strict;

-- A rendered review on disk.
create table if not exists edition (
  edition_id integer primary key,
  report text not null, period text not null, number integer not null,
  path text not null,                    -- relative to the store
  created_at text not null, run_id integer, is_provisional integer not null default 0,
  subject text not null, sha256 text not null,
  unique (report, period, number)
) strict;

-- The files of an edition: what is not listed here is not served.
create table if not exists edition_file (
  edition_id integer not null references edition (edition_id),
  name text not null, sha256 text not null, bytes integer not null,
  primary key (edition_id, name)
) strict;

-- One mail to one person. The bytes are fixed before the first attempt.
create table if not exists delivery (
  delivery_id integer primary key,
  edition_id integer not null references edition (edition_id),
  recipient text not null, sender text not null, message_id text not null,
  transport text not null,               -- without credentials
  is_test integer not null default 0,    -- sent with --to: says nothing about whether readers have it
  sha256 text not null, mime blob,
  state text not null,                   -- pending | sending | sent | failed | uncertain
  attempts integer not null default 0,
  next_attempt_at text,
  created_at text not null, updated_at text not null, response text,
  unique (edition_id, recipient, transport)
) strict;
create index if not exists delivery_state on delivery (state);

-- Where a metric's process chart takes its limits from. The latest row of a metric and grain is in force; earlier ones are kept.
create table if not exists baseline (
  baseline_id integer primary key,
  metric text not null, grain text not null,
  from_period text not null, to_period text not null,
  set_at text not null,
  author text, reason text               -- of an owner's acceptance; null: locked by itself with its twentieth point
) strict;

-- The figures an edition published of its own period: what later editions are held against.
create table if not exists published (
  edition_id integer not null references edition (edition_id),
  metric text not null, period text not null,
  value text,                            -- null: unknown
  hash text not null, sql_hash text not null,
  primary key (edition_id, metric, period)
) strict;

-- An edition that was mailed to correct another: its mail is a correction once it has any delivery.
create table if not exists correction (
  edition_id integer not null references edition (edition_id),
  corrected_edition_id integer not null references edition (edition_id),
  decided_at text not null,
  primary key (edition_id, corrected_edition_id)
) strict;

-- Why an account left, in its owner's words. The latest for an account and day counts; earlier ones are kept.
create table if not exists churn_reason (
  churn_reason_id integer primary key,
  account text not null, churned_on text not null,
  reason text not null, author text not null, noted_at text not null
) strict;

-- What owners say of a figure, whatever report shows it. Append-only: of a metric, period and author the latest is printed, earlier
-- ones are kept.
create table if not exists comment (
  comment_id integer primary key,
  metric text not null, period text not null,
  author text not null, text text not null, noted_at text not null,
  source text not null,                  -- cli | file | mail
  reference text                         -- file and line, or Message-ID
) strict;
create index if not exists comment_metric on comment (metric, period);
-- A mail that is handed over twice is one comment.
create unique index if not exists comment_mail on comment (reference) where source = 'mail';

-- What owners promise to do. It is shown until it is done.
create table if not exists promise (
  promise_id integer primary key,
  text text not null, owner text not null,
  team text, report text,                -- one of them: whose reviews show it
  metric text,
  made_at text not null, due_on text not null,
  done_on text, done_at text,            -- the local day it was kept, and when that was recorded
  done_note text
) strict;

-- Who was asked for a comment on which figure. A row without `asked_at` is a mail that may not have arrived.
create table if not exists ask (
  ask_id integer primary key,
  report text not null, period text not null, metric text not null,
  recipient text not null, asked_at text,
  token_hash text unique                 -- SHA-256 of the token in the reply address; null without one
) strict;
create index if not exists ask_metric on ask (metric, period);
