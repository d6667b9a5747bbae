/**
 * The live page as its users have it: in Chromium, at two widths, dark and light, beside an application in a process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildPageForTests } from '../page/built-page.ts';
import { CHROMIUM } from './chromium.ts';
import type { Order } from './page-app.ts';

const TOKEN = 'a-token-of-a-test-0123456789';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const VIEWS = ['records', 'metrics', 'health', 'levels'] as const;
const WIDE = { width: 1_400, height: 900 };
const NARROW = { width: 400, height: 860 };

const folder = mkdtempSync(join(tmpdir(), 'hft-browser-'));
/** To be looked at: HFT_SCREENSHOTS=<folder> keeps them. */
const screenshots = process.env.HFT_SCREENSHOTS ?? join(folder, 'screenshots');

let browser: Browser;
let app: ChildProcess;
let origin: string;
const contexts: BrowserContext[] = [];
/** Everything that the pages of a test asked for, and what their consoles said. */
let requests: string[] = [];
let complaints: string[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const tell = (order: Order) => app.send(order);
const logs = (message: string, fields: object = {}, level: 'debug' | 'info' | 'warn' | 'error' = 'info') =>
  tell({ do: 'log', level, message, fields });

async function openPage(options: BrowserContextOptions = {}, hash = `#token=${TOKEN}`): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/${hash}`);
  return page;
}

/** Latencies as an exchange has them: most around one value, a tenth in a second hump, and some far out. */
function measureForAWhile(): void {
  let left = 70;
  const timer = setInterval(() => {
    for (let i = 0; i < 40; i++) {
      const centre = i % 10 === 0 ? 2_500 : 180;
      tell({ do: 'measure', value: centre * Math.exp((Math.random() + Math.random() - 1) * 0.7) });
    }
    if (left % 20 === 0) tell({ do: 'measure', value: 30_000 });
    if (--left === 0) clearInterval(timer);
  }, 100);
}

const messagesOf = (page: Page) =>
  page.locator('.records .message').evaluateAll((all) => all.map((each) => each.firstChild?.textContent));

/** Waits for a record of this message. */
const shown = (page: Page, message: string) => page.locator('.records .message', { hasText: message }).last().waitFor();

describe.skipIf(CHROMIUM === undefined)('the live page', () => {
  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    await buildPageForTests();
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    app = fork(join(import.meta.dirname, 'page-app.ts'), [TOKEN, folder], {
      env: { ...process.env, PAGE_PORT: String(port) },
      execArgv: [],
    });
    await new Promise((resolve) => app.once('message', resolve));
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
    for (;;) {
      const answer = await fetch(`${origin}/health`).catch(() => undefined);
      if (answer !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  afterAll(async () => {
    await browser?.close();
    app?.disconnect();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([]);
    requests = [];
    complaints = [];
  });

  test('shows records as they come, and takes the token out of the address', async () => {
    const page = await openPage();
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    logs('order placed', { order_id: 17, side: 'buy' });
    tell({ do: 'audit', event: 'order_accepted', fields: { order_id: 17 } });
    await shown(page, 'order placed');
    await shown(page, 'order_accepted');
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.locator('h1').textContent()).toBe('gateway');
    await page.reload();
    await shown(page, 'order placed');
    expect(complaints).toEqual([]);
  });

  test('passes what is typed, and what level is chosen; a wrong search is told of', async () => {
    const page = await openPage();
    logs('book update', { depth: 5 });
    logs('order placed', { order_id: 21, qty: 2 });
    logs('order refused', { order_id: 22, qty: 3 }, 'error');
    await shown(page, 'order refused');
    await page.getByLabel('Search', { exact: true }).fill('qty>=2 -refused');
    await page.waitForFunction(() => document.querySelectorAll('.records li').length === 1);
    expect(await messagesOf(page)).toEqual(['order placed']);
    logs('book update', { depth: 6 });
    logs('order placed again', { qty: 4 });
    await shown(page, 'order placed again');
    expect(await messagesOf(page)).toEqual(['order placed', 'order placed again']);
    await page.getByLabel('Search', { exact: true }).fill('');
    await page.getByLabel('Least level').selectOption('error');
    await shown(page, 'order refused');
    expect(await page.locator('.records .level-info').count()).toBe(0);
    await page.getByLabel('Search', { exact: true }).fill('qty>many');
    await page.locator('.problem', { hasText: 'compares numbers' }).waitFor();
  });

  test('opens a record; a button beside a value searches for it', async () => {
    const page = await openPage();
    logs('fill', { order_id: 31, venue: 'dark pool', nested: { a: [1, 2] } });
    logs('fill', { order_id: 32, venue: 'lit' });
    await shown(page, 'fill');
    await page.locator('summary', { hasText: 'order_id=31' }).click();
    const members = page.locator('.members');
    await members.getByText('"a": [').waitFor();
    expect(await page.getByRole('button', { name: /Resume/ }).count()).toBe(1);
    await members.getByRole('button', { name: 'Only venue="dark pool"' }).click();
    expect(await page.getByLabel('Search', { exact: true }).inputValue()).toBe('venue="dark pool"');
    await page.waitForFunction(() => document.querySelectorAll('.records li').length === 1);
    await shown(page, 'fill');
  });

  test('paused, it keeps what comes, and shows it when it goes on', async () => {
    const page = await openPage();
    logs('before the pause');
    await shown(page, 'before the pause');
    await page.getByRole('button', { name: 'Pause' }).click();
    logs('during the pause');
    await page.getByRole('button', { name: 'Resume (1 new)' }).waitFor();
    expect(await messagesOf(page)).not.toContain('during the pause');
    await page.getByRole('button', { name: /Resume/ }).click();
    await shown(page, 'during the pause');
  });

  test('shows what the application logs while its loop is blocked', async () => {
    const page = await openPage();
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    const start = Date.now();
    tell({ do: 'block', millis: 8_000, message: 'from inside the blocked loop' });
    await shown(page, 'from inside the blocked loop');
    await page.getByRole('tab', { name: 'Health' }).click();
    await page.getByRole('cell', { name: 'failed' }).waitFor();
    const elapsed = Date.now() - start;
    // The application cannot answer before its loop is over.
    const answered = new Promise((resolve) => app.once('message', resolve));
    tell({ do: 'is-enabled', logger: 'x', level: 'debug' });
    await answered;
    expect(Date.now() - start).toBeGreaterThan(elapsed);
  });

  test('draws charts of the pipeline and of percentiles, and lists counters', async () => {
    const page = await openPage();
    for (let i = 0; i < 200; i++) tell({ do: 'measure', value: 100 + i });
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page
      .locator('.chart', { hasText: 'ack_duration_us' })
      .locator('.u-legend', { hasText: /p99:?\s*29\d µs/ })
      .waitFor();
    const painted = await page.locator('.chart canvas').evaluateAll((all) =>
      all.map((each) => {
        const { data } = (each as HTMLCanvasElement)
          .getContext('2d')!
          .getImageData(0, 0, (each as HTMLCanvasElement).width, (each as HTMLCanvasElement).height);
        return data.some((value) => value !== 0);
      }),
    );
    expect(painted.length).toBeGreaterThanOrEqual(5);
    expect(painted).not.toContain(false);
    await page.getByRole('row', { name: /orders_placed/ }).waitFor();
    await page.getByLabel('Search metrics').fill('no such metric');
    await page.getByText('No counter or gauge of this name.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('draws a heatmap: two humps that a percentile would join, the histogram that is chosen, the cell below the pointer', async () => {
    const page = await openPage();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    const about = page.locator('.heatmap-about');
    const choice = page.getByLabel('Heatmap of');
    await page.locator('.about', { hasText: 'up ' }).waitFor();
    // Rows of the picture that have a cell in one of the shades, from above: runs of them are humps.
    const humps = () =>
      page.locator('.heatmap canvas').evaluate((each) => {
        const canvas = each as HTMLCanvasElement;
        const style = getComputedStyle(document.documentElement);
        const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
        const shades = [0, 1, 2, 3, 4, 5].map((i) => {
          probe.fillStyle = style.getPropertyValue(`--heat-${i}`).trim();
          probe.fillRect(0, 0, 1, 1);
          return probe.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
        });
        const { data, width, height } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        let runs = 0;
        let wasShaded = false;
        for (let y = 0; y < height; y++) {
          let isShaded = false;
          for (let x = 0; x < width && !isShaded; x++)
            isShaded = shades.includes(data.slice((y * width + x) * 4, (y * width + x) * 4 + 3).join());
          if (isShaded && !wasShaded) runs++;
          wasShaded = isShaded;
        }
        return runs;
      });
    for (let i = 0; i < 300; i++) tell({ do: 'measure', name: 'hump_duration_us', value: i % 3 === 0 ? 40_000 : 200 });
    await page.getByRole('option', { name: 'hump_duration_us' }).waitFor({ state: 'attached' });
    await choice.selectOption({ label: 'hump_duration_us stage=ack' });
    // Its first reading holds everything: it was not there before.
    await page.locator('.heatmap-about', { hasText: /^300 recordings, half of them 1[89]\d µs – 2\d\d µs\.$/ }).waitFor();
    expect(await humps()).toBe(2);
    const { width, height } = (await page.locator('.heatmap canvas').boundingBox())!;
    for (let x = width - 14; x > 70; x -= 4) {
      await page.locator('.heatmap canvas').hover({ position: { x, y: height - 27 } });
      if (/µs: [1-9]/.test((await about.textContent())!)) break;
    }
    expect(await about.textContent()).toMatch(/^\d\d:\d\d:\d\d: 1[89]\d µs – 2\d\d µs: [\d.]+\/s$/);
    await page.getByLabel('Search metrics').fill('no such metric');
    await page.getByText('No timer or histogram of this name').waitFor();
    expect(await choice.isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  test('tells of a backend that has failed, with its remedy, and of the audit trail', async () => {
    const page = await openPage();
    logs('one for the collector');
    tell({ do: 'audit', event: 'order_placed', fields: { order_id: 41 } });
    await page.getByRole('tab', { name: 'Health' }).click();
    await page.locator('.problem', { hasText: /otlp: .*start the collector/ }).waitFor();
    await page.getByText(/logs open/).waitFor();
    await page.getByText('Covered by a checkpoint').waitFor();
  });

  test('sets a level, which the application obeys, and takes it back', async () => {
    const page = await openPage();
    const isEnabled = async () => {
      const answer = new Promise<{ isEnabled: boolean }>((resolve) =>
        app.once('message', (message) => resolve(message as { isEnabled: boolean })),
      );
      tell({ do: 'is-enabled', logger: 'strategy.maker', level: 'debug' });
      return (await answer).isEnabled;
    };
    expect(await isEnabled()).toBe(false);
    await page.getByRole('tab', { name: 'Levels' }).click();
    await page.getByRole('row', { name: /exchange\.\*/ }).waitFor();
    await page.getByLabel(/Logger/).fill('strategy.*');
    await page.getByLabel('Writes from').selectOption('debug');
    await page.getByRole('button', { name: 'Set level' }).click();
    await page.getByRole('row', { name: /strategy\.\* debug/ }).waitFor();
    expect(await isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'Take back the level of strategy.*' }).click();
    await page.getByText('Nothing: the program’s own rules hold.').waitFor();
    expect(await isEnabled()).toBe(false);
  });

  test('asks for a token when it has none that holds', async () => {
    const page = await openPage({}, '#token=wrong-token-0123456789');
    await page.getByText('hft-otel page').waitFor();
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
  });

  test('views are chosen by the keyboard too, and outlive a reload; the theme is the system’s until one is chosen', async () => {
    const page = await openPage({ colorScheme: 'dark' });
    await page.getByRole('tab', { name: 'Records' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Metrics' }).getAttribute('aria-selected')).toBe('true');
    await page.reload();
    expect(await page.getByRole('tab', { name: 'Metrics' }).getAttribute('aria-selected')).toBe('true');
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Change to light colours' }).click();
    await page.reload();
    expect(await theme()).toBe('light');
  });

  test.each([
    { width: 'wide', viewport: WIDE, colorScheme: 'light' },
    { width: 'wide', viewport: WIDE, colorScheme: 'dark' },
    { width: 'narrow', viewport: NARROW, colorScheme: 'light' },
    { width: 'narrow', viewport: NARROW, colorScheme: 'dark' },
  ] as const)(
    '$width and $colorScheme: axe finds nothing, and nothing is wider than the window',
    async ({ width, viewport, colorScheme }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const)
        logs(`one of ${level}`, { order_id: 51, text: 'x'.repeat(300) }, level);
      tell({ do: 'audit', event: 'order_placed', fields: { order_id: 51 } });
      measureForAWhile();
      const page = await openPage({ viewport, colorScheme });
      await shown(page, 'one of error');
      await page.locator('summary', { hasText: 'one of warn' }).last().click();
      for (const view of VIEWS) {
        await page.locator(`#tab-${view}`).click();
        await page.locator(`#panel-${view} > *`).first().waitFor();
        await page.waitForTimeout(view === 'metrics' ? 8_000 : 1_200);
        await page.screenshot({ path: join(screenshots, `${view}-${width}-${colorScheme}.png`), fullPage: true });
        const found = await axe(page);
        expect(found, `${view}, ${width}, ${colorScheme}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      }
    },
  );
});

/** What axe-core finds, of any impact: rule and elements. */
async function axe(page: Page): Promise<unknown[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    }));
  });
}
