-- A report's schedule has phases: its moments are told apart by them.
alter table occurrence rename to occurrence_4;
create table occurrence (
  report text not null,
  phase text not null,                   -- pull | draft | send | correct
  due_at text not null,
  state text not null,                   -- started | done | failed | missed | first_seen (nothing before is owed)
  recorded_at text not null, run_id integer,
  note text,                             -- why it failed or was missed
  primary key (report, phase, due_at)
) strict;
insert into occurrence (report, phase, due_at, state, recorded_at, run_id)
  select report, 'send', due_at, state, recorded_at, run_id from occurrence_4;
drop table occurrence_4;

-- What the service must tell of itself that is no occurrence: why it refused a configuration. A row goes when all is well again.
create table service_fault (
  fault text primary key,
  why text not null, since text not null
) strict;
