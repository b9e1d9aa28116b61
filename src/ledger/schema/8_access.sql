-- Links that sign somebody in once. Of a token only its SHA-256 is kept.
create table sign_in (
  token_hash text primary key,
  address text not null,
  made_at text not null, expires_at text not null,
  used_at text
) strict;

-- Whoever signed in. Of the cookie only its SHA-256 is kept.
create table session (
  token_hash text primary key,
  address text not null,
  made_at text not null, expires_at text not null
) strict;
create index session_address on session (address);

-- What an address was sent until then opens nothing any more.
create table revocation (
  address text primary key,
  revoked_at text not null
) strict;
