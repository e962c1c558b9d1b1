// A headless Chromium with one report open. Whatever the page says on its console is an error, but
// for what `expected` matches, and then it has to be said.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const require = createRequire(path.join(process.env.MIPVET_NODE_MODULES, 'x.js'));
const {chromium} = require('playwright-core');

const flags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

export async function withReport(file, check, expected) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: process.getuid() === 0 ? ['--no-sandbox', ...flags] : flags,
  });
  try {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}});
    const page = await context.newPage();
    const complaints = [];
    page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('request', request => {
      if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
    });
    const began = performance.now();
    await page.goto(pathToFileURL(file).href);
    await page.locator('.hero').waitFor();
    const opened = performance.now() - began;
    await check(page, opened);
    if (expected) assert.match(complaints.join('\n'), expected);
    else assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
}

export const texts = locator => locator.evaluateAll(all => all.map(one => one.innerText.trim()));

export async function goTo(page, address) {
  await page.evaluate(parts => new Promise(done => {
    const hash = new URLSearchParams(parts).toString();
    if (location.hash.slice(1) === hash) return done();
    addEventListener('hashchange', () => done(), {once: true});  // behind the page's own listener
    location.hash = hash;
  }), address);
}
