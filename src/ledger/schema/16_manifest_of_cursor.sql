-- Which manifest left a cursor: a source may get another one under the same name, to which the cursor says nothing.
alter table cursor add column manifest text;
update cursor set manifest = (
  select batch.manifest from batch
  where batch.source = cursor.source and cursor.stream in (batch.stream, '*')
  order by batch.batch_id desc limit 1
);
