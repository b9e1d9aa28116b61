// What caniemail knows against mails: node mail.mjs MODULES FILE… prints JSON.
//
// `used`: per file, every feature the mail uses that a named client does not support, or supports in part only.
// `facts`: for every feature caniemail knows, the named clients that do not support it.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// Outlook classic is `outlook.windows` (Word); the new Outlook is the web's (`outlook-com`) and `macos`.
const CLIENTS = [
  'outlook.windows', 'outlook.outlook-com', 'outlook.macos', 'outlook.ios', 'outlook.android',
  'gmail.desktop-webmail', 'gmail.ios', 'gmail.android', 'apple-mail.macos', 'apple-mail.ios',
];

const [modules, ...files] = process.argv.slice(2);
const from = createRequire(path.join(modules, 'package.json'));
const { caniemail, rawData } = await import(pathToFileURL(from.resolve('caniemail')));

/** Support as last tested. The package sorts versions as text and takes "2019-10" for newer than "16.80": the data's order is right. */
function verdict(feature, client) {
  const [family, platform] = client.split('.');
  const tested = Object.values(feature.stats?.[family]?.[platform] ?? {});
  return tested.length ? tested.at(-1)[0] : 'y';
}

const facts = {};
for (const feature of rawData.data) {
  const without = CLIENTS.filter((client) => verdict(feature, client) === 'n');
  facts[feature.title] = { category: feature.category, slug: feature.slug, without };
}

const used = {};
for (const file of files) {
  const { issues } = caniemail({ clients: CLIENTS, html: fs.readFileSync(file, 'utf8') });
  const titles = new Set();
  for (const found of [issues.errors, issues.warnings])
    for (const list of found.values()) for (const issue of list) titles.add(issue.title);
  const unsupported = {};
  const partial = [];
  for (const title of [...titles].sort()) {
    if (facts[title]?.without.length) unsupported[title] = facts[title].without;
    else partial.push(title);
  }
  used[file] = { unsupported, partial };
}
console.log(JSON.stringify({ date: rawData.last_update_date, clients: CLIENTS, facts, used }));
