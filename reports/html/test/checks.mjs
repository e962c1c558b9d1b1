// What the HTML report does in a browser: `node checks.mjs CHECK REPORT`, with JSON on its standard
// input that says what should be there. Called by html_report_test.py.
import assert from 'node:assert/strict';
import {text} from 'node:stream/consumers';

import {goTo, texts, withReport} from './browser.mjs';

const [name, file] = process.argv.slice(2);
const told = JSON.parse(await text(process.stdin));

const openFrame = page => page.locator('#frame');
const citedOctets = page => page.locator('.octets .cells .cited')
    .evaluateAll(cells => cells.map(cell => Number(cell.dataset.octet)));
const rowsDrawn = page => page.locator('.row').count();

const checks = {
  // `told` is the JSON report of the same campaign.
  async opens(page) {
    assert.equal((await page.locator('.hero .verdict').innerText()).toLowerCase(), told.verdict);
    const failed = told.scenarios.filter(({verdict}) => verdict === 'fail').length;
    assert.match(await page.locator('.hero h1').innerText(),
                 new RegExp(`^${failed} of ${told.scenarios.length} scenarios failed`));
    const broken = new Set(told.scenarios.flatMap(({findings}) => findings)
        .filter(({verdict}) => verdict === 'fail').map(({requirement}) => requirement));
    assert.deepEqual(new Set(await texts(page.locator('.card.fail .id'))), broken);
    assert.equal(await page.locator('.scenarios tbody tr').count(), told.scenarios.length);
    // What failed stands above all else.
    const first = await page.locator('main h2').first().innerText();
    assert.match(first, /^What failed/);
  },

  // Every frame that a failure cites: at most two clicks from the top, its octets marked.
  async two_clicks(page) {
    for (const {id, findings} of told.scenarios)
      for (const {requirement, verdict, frames} of findings) {
        if (verdict !== 'fail') continue;
        const {capture_frame: frame, link, byte_range: [begin, end]} = frames[0];
        await goTo(page, {});
        const card = page.locator('.card.fail', {hasText: requirement});
        const evidence = card.locator('li', {has: page.getByText(id, {exact: true})})
                             .locator('.evidence').first();
        if (!await evidence.isVisible()) await card.locator('.more summary').click();
        await evidence.click();
        await openFrame(page).waitFor();
        assert.match(await openFrame(page).locator('.meta').innerText(),
                     new RegExp(`frame ${frame}\\s*${link}`));
        assert.ok((await texts(openFrame(page).locator('.card .id'))).includes(requirement));
        const octets = await citedOctets(page);
        for (let octet = begin; octet < end; ++octet) assert.ok(octets.includes(octet), `octet ${octet}`);
        const row = page.locator('.row[aria-selected=true]');
        assert.ok(await row.isVisible());
        assert.match(await row.locator('.mark').innerText(), /^✕ /);
      }
  },

  // What is broken, known and excused stands apart, with its reason.
  async known(page) {
    assert.equal((await page.locator('.hero .verdict').innerText()).toLowerCase(), 'pass');
    assert.match(await page.locator('.hero .blame').innerText(), /but what is known/);
    assert.ok(!(await texts(page.locator('h2'))).some(title => title.startsWith('What failed')));
    const fold = page.locator('details.section', {hasText: 'Known failures'});
    await fold.locator('summary').first().click();
    assert.match(await fold.locator('.card').innerText(), new RegExp(`${told.requirement}[^]*${told.reason}`));
  },

  async filters(page) {
    const rows = page.locator('.scenarios tbody tr');
    const all = await rows.count();
    const failed = told.scenarios.filter(({verdict}) => verdict === 'fail').length;
    await page.selectOption('select[name=verdict]', 'fail');
    assert.equal(await rows.count(), failed);
    await page.click('#clear');
    assert.equal(await rows.count(), all);
    await page.fill('input[name=requirement]', 'MIPP-2.2.1-13');
    assert.deepEqual(await texts(page.locator('.card.fail .id')), ['MIPP-2.2.1-13']);
    const judged = told.scenarios.filter(({findings}) =>
        findings.some(({requirement}) => requirement === 'MIPP-2.2.1-13')).length;
    assert.equal(await rows.count(), judged);
    await page.click('#clear');
    await page.selectOption('select[name=node]', 'ha');
    assert.equal(await page.locator('.card.fail').count(), 0);
    await page.click('#clear');
    await page.fill('#search', 's-bit');
    for (const id of await texts(page.locator('.scenarios .what a'))) assert.match(id, /s-bit/);
    await page.fill('#search', 'no such scenario');
    assert.match(await page.locator('#results').innerText(), /No scenario fits/);

    await goTo(page, {scenario: 'mipp/s-bit'});
    assert.equal(await page.inputValue('#search'), '');
    await page.selectOption('select[name=node]', 'ha');
    const labels = await page.locator('.row').evaluateAll(all => all.map(one => one.ariaLabel));
    assert.ok(labels.length > 0 && labels.every(label => /(from|to) ha\b/.test(label)), labels[0]);
    await page.click('#clear');
    await page.selectOption('select[name=verdict]', 'fail');
    assert.equal(await rowsDrawn(page), await page.locator('.row.fail').count());
    await page.click('#clear');
    await page.fill('#search', 'registration-reply');
    assert.ok((await texts(page.locator('.label b'))).every(label => label === 'registration-reply'));
  },

  async expands(page) {
    const draft = page.locator('.coverage-draft', {hasText: 'MIPP'}).first();
    await draft.locator('summary').first().click();
    const part = draft.locator('.coverage-section', {hasText: '§2.2.1'}).first();
    await part.locator('summary').click();
    const chip = part.getByRole('button', {name: 'MIPP-2.2.1-13', exact: true});
    assert.match(await chip.getAttribute('class'), /\bfail\b/);
    assert.ok(await part.locator('.chip.untested').count() > 0);
    await chip.click();
    assert.equal(await page.inputValue('input[name=requirement]'), 'MIPP-2.2.1-13');

    await goTo(page, {scenario: 'mipp/s-bit'});
    await page.locator('.plain summary').first().click();
    await page.locator('.plain tr').first().waitFor();
    const passed = told.scenarios.find(({id}) => id === 'mipp/s-bit').findings
                       .filter(({verdict}) => verdict === 'pass').length;
    assert.equal(await page.locator('.plain').first().locator('tr').count(), passed);
  },

  // Every frame is an arrow with its message and link; tunnels are nested around the message.
  async ladder(page) {
    const id = 'mipp/data-simultaneous';
    const {frames} = told.scenarios.find(scenario => scenario.id === id);
    await goTo(page, {scenario: id});
    await page.click('[data-set=all]');
    const seen = new Map();
    for (let at = 0; at < frames; at += 8) {
      await page.locator('.ladder').evaluate((ladder, top) => { ladder.scrollTop = top; }, at * 40);
      await page.evaluate(() => new Promise(requestAnimationFrame));
      for (const row of await page.locator('.row').all())
        seen.set(Number(await row.locator('.number').innerText()), await row.evaluate(one => ({
          shaft: one.querySelector('.shaft') !== null, message: one.querySelector('.label b').innerText,
          link: one.querySelector('.label .link').innerText,
          nests: [...one.querySelectorAll('.nest > span:first-child')].map(nest => nest.innerText),
          tubes: one.querySelectorAll('.tube').length})));
    }
    assert.equal(seen.size, frames);
    for (const row of seen.values()) {
      assert.ok(row.shaft && row.message && row.link);
      assert.equal(row.tubes, row.nests.length);
    }
    assert.ok([...seen.values()].some(({nests}) => nests.includes('IP in IP')));
    assert.ok((await texts(page.locator('.lane b'))).includes('mipp'));
  },

  // `told`: the frame to open and what its message travels in, from outside.
  async tunnels(page) {
    await goTo(page, told.frame);
    await openFrame(page).waitFor();
    for (const place of ['#frame .nesting', '.row[aria-selected=true]'])
      assert.deepEqual(await texts(page.locator(`${place} .nest > span:first-child`)), told.nests);
    assert.equal(await page.locator('.row[aria-selected=true] .tube').count(), told.nests.length);
  },

  async keyboard(page) {
    const press = key => page.keyboard.press(key);
    const number = async () => (await openFrame(page).locator('.meta').innerText()).match(/frame (\d+)/)[1];
    await press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await press('Escape');
    await press(']');
    const first = await page.locator('.scenario-head .mono').innerText();
    assert.equal(told.scenarios.find(({id}) => id === first).verdict, 'fail');
    await press('n');
    const {findings} = told.scenarios.find(({id}) => id === first);
    const cited = findings.flatMap(({frames}) => frames).map(({capture_frame}) => capture_frame);
    assert.equal(Number(await number()), Math.min(...cited));
    const before = await number();
    await press('j');
    assert.ok(Number(await number()) > Number(before));
    await press('k');
    assert.equal(await number(), before);
    await press('Escape');
    assert.equal(await openFrame(page).count(), 0);
    await press(']');
    assert.notEqual(await page.locator('.scenario-head .mono').innerText(), first);
    await press('[');
    assert.equal(await page.locator('.scenario-head .mono').innerText(), first);
    await press('?');
    assert.ok(await page.locator('#help').isVisible());
    await press('Escape');
    assert.ok(!await page.locator('#help').isVisible());
    await press('Escape');
    await page.locator('.hero').waitFor();
    // Links are reached with Tab and followed with Enter.
    await page.locator('.card.fail .evidence').first().focus();
    await press('Enter');
    await openFrame(page).waitFor();
  },

  async themes(page) {
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = async () => (await colour()).match(/\d+/g).slice(0, 3)
                                       .reduce((sum, part) => sum + Number(part), 0) / 3;
    await page.emulateMedia({colorScheme: 'dark'});
    assert.ok(await brightness() < 60);
    await page.emulateMedia({colorScheme: 'light'});
    assert.ok(await brightness() > 200);
    await page.click('#theme');  // light
    await page.click('#theme');  // dark
    assert.ok(await brightness() < 60);
    await page.reload();
    assert.ok(await brightness() < 60);
    await page.emulateMedia({media: 'print'});
    assert.ok(await brightness() > 240);
  },

  // Nothing lies beyond the edges of the page, from a telephone to a wide screen.
  async widths(page) {
    for (const width of [390, 768, 1280, 1920]) {
      await page.setViewportSize({width, height: 900});
      for (const address of [{}, {scenario: 'mipp/nai'}, {scenario: 'mipp/nai', frame: 23}]) {
        await goTo(page, address);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${over} px beyond ${width} px at ${JSON.stringify(address)}`);
      }
    }
  },

  async print(page) {
    await goTo(page, {scenario: 'mipp/data-simultaneous'});
    const frames = Number(await page.locator('[data-set=messages] small').innerText());
    assert.ok(await rowsDrawn(page) < frames);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await rowsDrawn(page), frames);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.ok(await rowsDrawn(page) < frames);
    assert.ok((await page.pdf()).length > 20000);
  },

  // The page's own dissection is that of the decoder; `told` is `mipvet decode --json`, a scenario's.
  async dissection(page) {
    const words = value => value === null ? 'missing' : value === true ? '1' : value === false ? '0'
                                                                                : String(value);
    for (const {frame, link, layers} of told.frames) {
      await goTo(page, {scenario: told.scenario, frame, link});
      await page.locator('#frame', {hasText: `frame ${frame}`}).waitFor();
      const shown = await page.locator('#frame .layer').evaluateAll(all => all.map(layer => ({
        name: layer.querySelector('.name').textContent,
        fields: [...layer.querySelectorAll('tr')].map(
            row => [row.querySelector('.name').textContent, row.querySelector('.value').firstChild?.data || '',
                    Number(row.dataset.first), Number(row.dataset.end)])})));
      const expected = layers.map(({name: layer, quote, fields}) => ({
        name: (quote ? 'quoted ' : '') + layer,
        fields: Object.entries(fields).filter(([, {value}]) => value !== '')
                    .map(([field, {value, byte_range: [first, end]}]) => [field, words(value), first, end])}));
      assert.deepEqual(shown, expected, `frame ${frame}`);
    }
  },

  // Names and octets that are markup are text; `told` is such a text, which has to be seen.
  async hostile(page) {
    const views = [{}, ...await page.locator('.scenarios .what a').evaluateAll(
        all => all.map(link => Object.fromEntries(new URLSearchParams(link.hash.slice(1)))))];
    let seen = false;
    for (const view of views) {
      await goTo(page, view);
      seen = seen || (await page.locator('body').innerText()).includes(told);
      for (const row of view.scenario ? await page.locator('.row').all() : []) await row.click();
    }
    assert.ok(seen, 'the text was shown');
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.equal(await page.locator('main img, main script, main iframe').count(), 0);
    assert.equal(await page.locator('body > script:not([type])').count(), 1);
  },

  // A script that got in all the same is not run: the policy of the page.
  async policy(page) {
    const ran = await page.evaluate(() => new Promise(resolve => {
      const script = document.createElement('script');
      script.textContent = 'window.pwned = true';
      document.addEventListener('securitypolicyviolation', () => resolve(Boolean(window.pwned)));
      document.body.append(script);
      setTimeout(() => resolve(Boolean(window.pwned)), 1000);
    }));
    assert.equal(ran, false);
  },

  async thousands(page, opened) {
    const began = Date.now();
    await page.locator('.scenarios .what a').first().click();
    await page.locator('.row').first().waitFor();
    const drawn = Date.now() - began;
    await page.click('[data-set=all]');
    assert.ok(await rowsDrawn(page) < 80, 'only what is in view');
    const scrolling = Date.now();
    await page.locator('.ladder').evaluate(ladder => { ladder.scrollTop = ladder.scrollHeight; });
    await page.locator('.row .number', {hasText: String(told.frames)}).waitFor();
    const scrolled = Date.now() - scrolling;
    assert.ok(await rowsDrawn(page) < 80);
    await page.locator('.row').last().click();
    await openFrame(page).waitFor();
    // The frame before is in view already: nothing moves.
    const top = () => page.locator('.ladder').evaluate(ladder => ladder.scrollTop);
    await page.keyboard.press('k');
    const before = await top();
    await page.keyboard.press('k');
    assert.equal(await top(), before);
    assert.ok(before > 0);
    console.log(`opened ${Math.round(opened)} ms, ladder ${drawn} ms, to the end ${scrolled} ms`);
    assert.ok(opened < told.opened_ms && drawn < told.opened_ms && scrolled < 2000);
  },

  async hundreds(page, opened) {
    assert.equal(await page.locator('.scenarios tbody tr').count(), told.scenarios);
    const began = Date.now();
    await page.selectOption('select[name=verdict]', 'fail');
    await page.locator('.scenarios tbody tr').first().waitFor();
    const filtered = Date.now() - began;
    console.log(`opened ${Math.round(opened)} ms, filtered ${filtered} ms`);
    assert.ok(opened < told.opened_ms && filtered < told.opened_ms);
  },
};

await withReport(file, checks[name], name === 'policy' ? /Content Security Policy/ : null);
