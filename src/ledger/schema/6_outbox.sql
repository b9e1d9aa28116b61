-- A mail that was put back in the outbox with the same bytes, and by whom.
alter table delivery add column released_at text;
alter table delivery add column released_by text;  -- operator | policy (`[mail] on_uncertain = "resend"`)

-- To whom a report may be sent by its schedule. Whoever was mailed it before needs no row.
create table approval (
  report text not null, address text not null,     -- bare, in lower case
  how text not null,                               -- approve (the command) | run (sent by hand)
  approved_at text not null,
  primary key (report, address)
) strict;

-- Who is sent no more mail of a report. A row that is lifted is gone.
create table suppression (
  report text not null, address text not null,     -- bare, in lower case
  how text not null,                               -- unsubscribed (the link of a mail) | operator
  suppressed_at text not null,
  primary key (report, address)
) strict;
