// What a reader, an owner and an operator do on the web, in a browser: node access.mjs MODULES MANIFEST prints JSON, a record
// per page they saw.
//
// The manifest: {"chromium": path, "shots": folder or null, "base": address of the service, "link": path of a mail's link,
// "signIns": {"owner": path, "operator": path}, "edition": path, "report": path}.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, manifestPath] = process.argv.slice(2);
const from = createRequire(path.join(modules, 'package.json'));
const puppeteer = (await import(pathToFileURL(from.resolve('puppeteer-core')))).default;
const axe = fs.readFileSync(from.resolve('axe-core/axe.min.js'), 'utf8');
const manifest = JSON.parse(fs.readFileSync(manifestPath, 'utf8'));
const records = [];
const requests = [];

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'bizreview-access-'));
const browser = await puppeteer.launch({
  executablePath: manifest.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  userDataDir: profile,
});

/** A person of their own, with no cookies of others. */
async function person() {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setBypassCSP(true); // for axe alone
  page.on('request', (r) => requests.push({ method: r.method(), url: r.url(), referer: r.headers().referer ?? '' }));
  return page;
}

/** Notes what is on the screen, and how it fits a phone, by day and by night. */
async function saw(page, name) {
  const violations = [];
  let overflow = 0;
  for (const [label, width, scheme] of [['', 1280, 'light'], ['-phone', 375, 'light'], ['-dark', 680, 'dark']]) {
    await page.setViewport({ width, height: 800 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    overflow = Math.max(overflow, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
    violations.push(...result.violations.map((v) => `${scheme} ${width}: ${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`));
    if (manifest.shots) await page.screenshot({ path: path.join(manifest.shots, `${name}${label}.png`), fullPage: true });
  }
  await page.setViewport({ width: 1280, height: 800 });
  const text = await page.evaluate(() => document.body.innerText);
  records.push({ name, url: page.url(), text, overflow, violations });
}

async function send(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

const at = (place) => new URL(place, manifest.base).href;

// a reader opens the link of a mail
const reader = await person();
await reader.goto(at(manifest.link));
await saw(reader, 'edition-by-link');
await reader.goto(at(`${manifest.edition}/comment`));
await saw(reader, 'sign-in');
await reader.type('input[name=address]', 'nobody@acme.example');
await send(reader, 'button');
await saw(reader, 'sign-in-sent');
await reader.goto(at('/r/forged'));
await saw(reader, 'unknown-link');

// an owner signs in, comments and promises
const owner = await person();
await owner.goto(at(manifest.signIns.owner));
await saw(owner, 'sign-in-step');
await send(owner, 'button');
await saw(owner, 'signed-in');
await owner.goto(at(`${manifest.edition}/comment?metric=csat`));
await owner.type('textarea', 'Two of five agents were ill until Thursday.\n\nSince Friday <all> are back.');
await saw(owner, 'comment');
await send(owner, 'main button');
await saw(owner, 'comment-noted');
await owner.goto(at(`${manifest.report}/promises`));
await owner.type('input[name=text]', 'Hire a second support team');
await owner.$eval('input[name=due]', (input) => (input.value = '2026-12-15'));
await saw(owner, 'promise');
await send(owner, 'main section:first-of-type button');
await saw(owner, 'promise-made');
await owner.type('input[name=note]', 'It starts on 7 December.');
await send(owner, 'button.second');
await saw(owner, 'promise-kept');

// an operator runs a report and leaves
const operator = await person();
await operator.goto(at(manifest.signIns.operator));
await send(operator, 'button');
await operator.goto(at(`${manifest.report}/run`));
await saw(operator, 'run');
await operator.type('input[name=period]', '2026-W99');
await send(operator, 'button');
await saw(operator, 'run-wrong');
await operator.$eval('input[name=period]', (input) => (input.value = ''));
await send(operator, 'button');
await saw(operator, 'run-asked');
await operator.goto(at('/sign-out'));
await saw(operator, 'sign-out');
await send(operator, 'button');
await saw(operator, 'signed-out');

await browser.close();
fs.rmSync(profile, { recursive: true, force: true });
process.stdout.write(JSON.stringify({ records, requests }));
