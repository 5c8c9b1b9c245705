/* Chromium, and one page per seat that remembers all it was sent. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Outlet } from '../support/outlets.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
const shots = join(root, 'build/shots');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Events are waited for; a busy machine is slow, not wrong. */
export const WAIT_MS = Number(process.env.WAIT_MS ?? 120_000);

export const launch = (more = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--lang=ja', ...more],
  env: { ...process.env, LANG: 'ja_JP.UTF-8', LANGUAGE: 'ja' },
});

/** The words of a field on the screen, without the flags of other people's carets. */
const wordsOf = () => {
  globalThis.rkWords = (key) => {
    const host = document.querySelector(`rk-text[key="${key}"]`);
    if (!host) return null;
    const lines = host.querySelector('rk-editor')?.shadowRoot?.querySelectorAll('.cm-line');
    const plain = (el) => {
      const copy = el.cloneNode(true);
      for (const c of copy.querySelectorAll('.caret')) c.remove();
      return copy.textContent.replace(/\u200b/g, '');
    };
    return lines ? [...lines].map(plain).join('\n') : plain(host.querySelector('.text'));
  };
};

const FRAME = { sent: 'Network.webSocketFrameSent', received: 'Network.webSocketFrameReceived' };

export class Seat {
  received = [];
  sent = [];
  complaints = [];

  static async open(browser, url, options = {}) {
    const seat = new Seat();
    seat.context = options.context ?? await browser.newContext({
      locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: options.viewport ?? { width: 1440, height: 900 },
      ...(options.userAgent ? { userAgent: options.userAgent } : {}),
    });
    seat.context.setDefaultTimeout(WAIT_MS);
    await seat.context.addInitScript(wordsOf); // the page's own policy forbids eval
    const page = seat.page = await seat.context.newPage();
    if (options.clock) await page.clock.install(); // for tests that let hours go by
    const cdp = seat.cdp = await seat.context.newCDPSession(page);
    await cdp.send('Network.enable');
    const outlets = new Map(); // a socket each: a page may become somebody else's
    cdp.on('Network.webSocketFrameReceived', (e) => {
      if (!outlets.has(e.requestId)) outlets.set(e.requestId, new Outlet());
      outlets.get(e.requestId).take(e.response.payloadData);
      seat.received.push(e.response.payloadData);
    });
    cdp.on('Network.webSocketFrameSent', (e) => seat.sent.push(e.response.payloadData));
    page.on('console', (m) => {
      if (['error', 'warning'].includes(m.type()) && !/WebSocket connection|Failed to load resource/.test(m.text())) seat.complaints.push(m.text());
    });
    page.on('pageerror', (e) => seat.complaints.push(String(e)));
    await page.goto(url);
    if (options.room !== false) await page.waitForSelector('rk-room .fields');
    return seat;
  }

  field(key) {
    return this.page.locator(`rk-text[key="${key}"]`);
  }

  /** Go into a text and stand at its end. */
  async enter(key) {
    await this.field(key).locator('.text').click();
    await this.field(key).locator('.cm-content').waitFor();
    await this.page.keyboard.press('Control+End');
  }

  words(key) {
    return this.page.evaluate((k) => globalThis.rkWords(k), key);
  }

  async sees(key, words) {
    await this.page.waitForFunction(([k, w]) => globalThis.rkWords(k)?.includes(w), [key, words]).catch(async (e) => {
      throw new Error(`${key} never said ${words}; it says ${await this.words(key)} (${e.message.split('\n')[0]})`);
    });
  }

  /** The field says this and nothing else. */
  async reads(key, words) {
    await this.page.waitForFunction(([k, w]) => globalThis.rkWords(k) === w, [key, words]).catch(async (e) => {
      throw new Error(`${key} never read ${words}; it reads ${await this.words(key)} (${e.message.split('\n')[0]})`);
    });
  }

  /** The first frame of `sent` or `received` that fits, now or when it comes: the page may be ahead of what is told of its socket. */
  frame(way, fits) {
    const list = this[way];
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no such frame ${way}: ${fits}`)), WAIT_MS);
      const look = () => {
        const found = list.find(fits);
        if (found === undefined) return;
        clearTimeout(late);
        this.cdp.off(FRAME[way], look);
        resolve(found);
      };
      this.cdp.on(FRAME[way], look);
      look();
    });
  }

  saved() {
    return this.page.locator('.appbar .saved[data-unsaved="0"]', { hasText: 'すべて保存しました' }).waitFor();
  }

  area(label) {
    return this.page.locator('.area', { hasText: label }).click();
  }

  async shot(name) {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  /** `rules`: those that do not hold for a part of a page, as axe takes them. */
  async axe(rules = {}) {
    await this.page.evaluate(axe);
    const result = await this.page.evaluate((given) => globalThis.axe.run(document, {
      rules: given,
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }), rules);
    return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
  }

  close() {
    return this.context.close();
  }
}

/**
 * All have sent what they wrote, and all have what any of them has: then they read the same. Saved alone does
 * not say so, because the last words of another may still be on their way to a page that is slow.
 */
export async function agree(key, ...seats) {
  await Promise.all(seats.map((s) => s.saved()));
  const ver = (k) => document.querySelector('rk-app').room.text(k).ver;
  const newest = Math.max(...await Promise.all(seats.map((s) => s.page.evaluate(ver, key))));
  await Promise.all(seats.map((s) => s.page.waitForFunction(([k, v]) => document.querySelector('rk-app').room.text(k).ver >= v, [key, newest])));
  const [first, ...rest] = await Promise.all(seats.map((s) => s.words(key)));
  for (const other of rest) assert.equal(other, first);
  return first;
}
