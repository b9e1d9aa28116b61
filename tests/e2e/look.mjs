// Mail and page as a reader's browser shows them: node look.mjs MODULES MANIFEST prints JSON, a record per document and view.
//
// The manifest: {"chromium": path, "shots": folder or null, "documents": [{"name", "kind": "mail" | "page" | "site", "file"}]}.
// A page of the service has an address in place of a file, and is looked at in fewer ways.
// One browser serves all. What is measured here is judged in tests/it/browser.rs.
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

const WIDTHS = [375, 680, 1280];
const PHONE = { width: 375, height: 667 };
const PAPERS = { A4: 794, Letter: 816 };
const MARGIN = 53; // 14 mm, as the page's own @page

/** Runs in the page: everything that can be measured of the present view. */
function measure() {
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const name = (element) => element.tagName.toLowerCase() + (element.id ? `#${element.id}` : '');
  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  };
  const inverted = (colour) => colour.map((v) => 255 - v);
  const small = [];
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || ['STYLE', 'SCRIPT', 'TITLE', 'DESC', 'title', 'desc'].includes(element.tagName)) continue;
    if (!seen(element)) continue;
    const style = getComputedStyle(element);
    const svg = element.closest('svg');
    const scale = svg ? Math.abs(element.getScreenCTM?.()?.a ?? 1) : 1;
    const size = parseFloat(style.fontSize) * scale;
    const excerpt = node.data.trim().slice(0, 40);
    if (size < 11.95) small.push(`${excerpt} (${size.toFixed(1)} px)`);
    const ink = rgb(svg ? style.fill : style.color).slice(0, 3);
    const base = ground(svg ?? element);
    const key = `${ink}|${base}`;
    if (words.has(key)) continue;
    words.add(key);
    const ratios = [contrast(ink, base), contrast(inverted(ink), inverted(base))];
    if (Math.min(...ratios) < 4.5) faint.push(`${excerpt} (${ratios.map((r) => r.toFixed(2)).join(', inverted ')})`);
  }
  const clipped = [...document.querySelectorAll('svg, img')].filter(seen).filter((picture) => {
    const box = picture.getBoundingClientRect();
    const frame = picture.parentElement.getBoundingClientRect();
    return box.right > innerWidth + 1 || box.left < -1 || box.right > frame.right + 1;
  });
  const labels = [...document.querySelectorAll('svg text')].filter(seen).filter((label) => {
    const box = label.getBoundingClientRect();
    const svg = label.closest('svg');
    const isOpen = getComputedStyle(svg).overflow === 'visible';
    const frame = ((isOpen && svg.closest('section')) || svg).getBoundingClientRect();
    return box.width > 0 && (box.right > frame.right + 1.5 || box.left < frame.left - 1.5);
  });
  const wide = [...document.body.querySelectorAll('*')].filter(seen).filter((element) => {
    if (element.closest('svg') || element.classList.contains('sr')) return false;
    const hides = getComputedStyle(element).overflowX !== 'visible';
    return hides && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
  });
  return {
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth,
    height: document.documentElement.scrollHeight,
    small: [...new Set(small)].slice(0, 8),
    faint: faint.slice(0, 8),
    clipped: clipped.map(name).concat(labels.map((l) => `"${l.textContent}"`)).slice(0, 8),
    scrolling: wide.map((e) => `${name(e)} ${e.className}: ${e.textContent.trim().slice(0, 30)}`).slice(0, 8),
  };
}

/** Runs in the page: how far down the verdict and the first exception end, in pixels. */
function firstScreen() {
  const bottom = (element) => element ? Math.round(element.getBoundingClientRect().bottom + scrollY) : null;
  const heading = document.querySelector('h1');
  let verdict = heading?.nextElementSibling;
  while (verdict && verdict.tagName !== 'P') verdict = verdict.nextElementSibling;
  const second = document.querySelector('h2');
  const top = document.querySelector('h3');
  const isException = top && second && top.closest('td, section') === second.closest('td, section');
  const told = isException ? top.nextElementSibling : null;
  return { verdict: bottom(verdict), exception: isException ? bottom(top) : null, told: bottom(told) };
}

async function audit(page, kind) {
  await page.evaluate(axe);
  // A mail is read inside its program's own page, which has the landmarks.
  const off = kind === 'mail' ? ['region', 'landmark-one-main'] : [];
  const result = await page.evaluate(
    (rules) => axe.run(document, { resultTypes: ['violations'], rules }),
    Object.fromEntries(off.map((rule) => [rule, { enabled: false }])),
  );
  return result.violations.map((v) => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`);
}

async function shoot(page, name) {
  if (!manifest.shots) return;
  const height = await page.evaluate(() => Math.min(document.documentElement.scrollHeight, 9000));
  const width = page.viewport().width;
  await page.screenshot({ path: path.join(manifest.shots, `${name}.png`), clip: { x: 0, y: 0, width, height }, captureBeyondViewport: true });
}

async function view(page, document, label, extra = {}) {
  const measured = await page.evaluate(measure);
  records.push({ document: document.name, kind: document.kind, view: label, ...measured, ...extra });
  await shoot(page, `${document.name}-${document.kind}-${label}`);
}

const scheme = (page, value) => page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);

/** A page of the service: every width in every light, and with the keyboard. */
async function visit(page, document) {
  const refused = [];
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  await page.emulateMediaType('screen');
  for (const value of ['light', 'dark']) {
    await scheme(page, value);
    for (const width of WIDTHS) {
      await page.setViewport({ width, height: 900 });
      const answer = await page.goto(document.file, { waitUntil: 'load' });
      // that a page does not exist is an error to the console, and meant
      if (!answer.ok()) refused.length = 0;
      // its policy forbids scripts, axe among them, but not what the browser is told to run
      await view(page, document, `${width}-${value}`, { violations: width === 680 ? null : await audit(page, 'site') });
    }
  }
  page.removeAllListeners('console');
  if (refused.length) records[records.length - 1].violations.push(`console: ${refused[0]}`);
}

async function look(page, document) {
  if (document.kind === 'site') return visit(page, document);
  const open = () => page.goto(pathToFileURL(path.resolve(document.file)).href, { waitUntil: 'load' });
  await page.emulateMediaType('screen');
  await scheme(page, 'light');
  await page.setViewport({ ...PHONE, height: 900 });
  await open();
  for (const value of ['light', 'dark']) {
    await scheme(page, value);
    for (const width of WIDTHS) {
      await page.setViewport({ width, height: 900 });
      const isChecked = width === 680 || (document.kind === 'page' && width === 375 && value === 'light');
      const violations = isChecked ? await audit(page, document.kind) : null;
      await view(page, document, `${width}-${value}`, { violations });
    }
  }
  await scheme(page, 'light');
  await page.setViewport({ width: 680, height: 900 });
  await page.addStyleTag({ content: 'html{filter:invert(1) hue-rotate(180deg);background:#fff}' });
  await view(page, document, '680-inverted');

  await page.setViewport(PHONE);
  await open();
  await page.evaluate(() => document.querySelectorAll('img').forEach((i) => { i.src = 'images-are-off.png'; }));
  await view(page, document, '375-no-images', { first: await page.evaluate(firstScreen) });
  if (document.kind === 'mail') {
    await page.evaluate(() => document.querySelectorAll('style').forEach((s) => s.remove()));
    await view(page, document, '375-no-images-no-style');
    await open();
    await page.evaluate(() => document.querySelectorAll('style').forEach((s) => s.remove()));
    for (const width of [375, 680]) {
      await page.setViewport({ width, height: 900 });
      await view(page, document, `${width}-no-style`);
    }
  } else {
    await open();
    await print(page, document);
  }
}

/** On paper: what is measured at the paper's width, and the PDF's pages. */
async function print(page, document) {
  for (const [format, width] of Object.entries(PAPERS)) {
    await page.emulateMediaType('print');
    await page.setViewport({ width: width - 2 * MARGIN, height: 1000 });
    const sheet = await page.evaluate(() => {
      const style = (selector, property) =>
        [...new Set([...document.querySelectorAll(selector)].map((e) => getComputedStyle(e)[property]))];
      const closed = [...document.querySelectorAll('details:not(.judged):not(.sql)')].filter((d) => {
        const inner = d.querySelector('.inner') ?? d.lastElementChild;
        return inner && inner.getBoundingClientRect().height === 0;
      });
      return { heads: style('table thead', 'display'), charts: style('svg.chart', 'breakInside'), closed: closed.length };
    });
    const pdf = await page.pdf({ format, preferCSSPageSize: true, printBackground: false, tagged: true });
    const pages = (Buffer.from(pdf).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
    if (manifest.shots) fs.writeFileSync(path.join(manifest.shots, `${document.name}-${document.kind}-${format}.pdf`), pdf);
    await view(page, document, `print-${format}`, { sheet, pages });
  }
}

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'bizreview-browser-'));
const browser = await puppeteer.launch({
  executablePath: manifest.chromium,
  headless: true,
  protocolTimeout: 300_000,
  userDataDir: profile,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--font-render-hinting=none',
  ],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  for (const document of manifest.documents) await look(page, document);
} finally {
  await browser.close();
  fs.rmSync(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(records));
