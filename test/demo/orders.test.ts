/**
 * The audit trail tells the life of every order once and in order, and agrees with the venue, whatever is lost between the two.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OrderEntry, OrderEntryError } from '../../src/demo/clients/order-entry.ts';
import type { Fill } from '../../src/demo/exchange/market.ts';
import { INSTRUMENTS } from '../../src/demo/exchange/market.ts';
import { MatchingEngine } from '../../src/demo/exchange/matching-engine.ts';
import { SeededRandom } from '../../src/demo/exchange/seeded-random.ts';
import { Execution } from '../../src/demo/strategy/execution.ts';
import { OrderJournal } from '../../src/demo/strategy/order-journal.ts';
import { createLogging, type Logging } from '../../src/index.ts';

const [btc] = INSTRUMENTS;
const ENDINGS = ['order_filled', 'order_cancelled', 'order_rejected'];

let directory: string;
let logging: Logging;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hft-orders-'));
  logging = createLogging({ environment: 'test', backends: { audit: { enabled: true, path: join(directory, 'audit.jsonl') } } });
});
afterAll(async () => {
  await logging.shutdown();
  await rm(directory, { recursive: true });
});

/** Events of each order so far, as they stand in the audit file. */
async function audited(): Promise<Map<string, string[]>> {
  expect(await logging.flush()).toMatchObject({ complete: true });
  const names = (await readdir(directory)).filter((name) => !name.endsWith('.checkpoints')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const events = new Map<string, string[]>();
  for (const line of texts.flatMap((text) => text.split('\n').slice(0, -1))) {
    const { event, order_id } = JSON.parse(line) as { event: string; order_id: string };
    events.set(order_id, [...(events.get(order_id) ?? []), event]);
  }
  return events;
}

function fillOf(clientOrderId: string): Fill {
  const { symbol, startPrice } = btc;
  return {
    tradeId: 1,
    orderId: 'x',
    clientOrderId,
    symbol,
    side: 'buy',
    qty: 1,
    price: startPrice,
    role: 'maker',
    timeUnixMillis: 0,
  };
}

test('a fill that overtakes the answer is audited behind the placing, and the late answer adds nothing', async () => {
  const journal = new OrderJournal(logging.getLogger('journal'), 'test');
  const order = journal.open('mexc', {
    clientOrderId: 'overtaken',
    symbol: btc.symbol,
    side: 'buy',
    qty: 1,
    price: 1,
    timeInForce: 'gtc',
  });
  journal.filled(order, fillOf('overtaken'));
  journal.placed(order);
  journal.cancelled(order, 'too late');
  expect(journal.liveCount).toBe(0);
  expect((await audited()).get('overtaken')).toEqual(['order_placed', 'order_filled']);
});

test('whatever is reported in whatever order, an order is placed at most once and ends at most once', async () => {
  const journal = new OrderJournal(logging.getLogger('journal'), 'test');
  const step = fc.constantFrom(
    'placed' as const,
    'filled' as const,
    'cancelled' as const,
    'rejected' as const,
    'forget' as const,
  );
  const ids: string[] = [];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const clientOrderId = `random-${ids.length}`;
      ids.push(clientOrderId);
      const order = journal.open('mexc', {
        clientOrderId,
        symbol: btc.symbol,
        side: 'buy',
        qty: 1,
        price: 1,
        timeInForce: 'gtc',
      });
      for (const each of steps) {
        if (each === 'filled') journal.filled(order, fillOf(clientOrderId));
        else if (each === 'cancelled' || each === 'rejected') journal[each](order, 'why');
        else journal[each](order);
      }
    }),
  );
  const trail = await audited();
  for (const events of ids.map((id) => trail.get(id) ?? [])) {
    expect(events.filter((event) => event === 'order_placed').length).toBeLessThanOrEqual(1);
    expect(events.filter((event) => ENDINGS.includes(event)).length).toBeLessThanOrEqual(1);
    expect(events.indexOf('order_placed')).toBeLessThanOrEqual(0);
  }
});

test('requests and answers are lost, orders overtaken by their cancels: trail and venue agree on every order', async () => {
  const random = new SeededRandom(11);
  const engine = new MatchingEngine('mexc', random.fork());
  const logger = logging.getLogger('execution');
  const journal = new OrderJournal(logger, 'test');
  const execution = new Execution(logger, journal, 'test');
  engine.on('fill', (fill) => {
    const order = journal.find(fill.clientOrderId);
    if (order !== undefined) journal.filled(order, fill);
  });
  const entry: OrderEntry = {
    exchange: 'mexc',
    transport: 'rest',
    async placeOrder(order) {
      const draw = random.next();
      if (draw < 0.1) throw new OrderEntryError('rate_limited', 'turned away');
      if (draw < 0.2) throw new OrderEntryError('timeout', 'lost on the way there');
      if (draw < 0.3) {
        setTimeout(() => engine.place(order), random.between(1, 1_000));
        throw new OrderEntryError('timeout', 'slower than the cancel behind it');
      }
      const result = engine.place(order);
      if (draw < 0.5) throw new OrderEntryError('disconnected', 'answer lost');
      return result;
    },
    async cancelOrder(clientOrderId) {
      if (random.chance(0.2)) throw new OrderEntryError('timeout', 'lost on the way there');
      const result = engine.cancel(clientOrderId);
      if (random.chance(0.2)) throw new OrderEntryError('timeout', 'answer lost');
      return result;
    },
  };

  const sent = Array.from({ length: 300 }, () => {
    const timeInForce = random.chance(0.3) ? 'ioc' : 'gtc';
    const side = random.chance(0.5) ? 'buy' : 'sell';
    return execution.place(entry, {
      symbol: btc.symbol,
      side,
      qty: 0.01,
      price: btc.startPrice + Math.round(random.between(-40, 40)),
      timeInForce,
    });
  });
  await Promise.all(sent.map(({ done }) => done));
  engine.tick(btc.symbol, btc.startPrice - 20);
  engine.tick(btc.symbol, btc.startPrice + 20);
  await Promise.all(sent.map(({ order }) => execution.cancel(entry, order, 'end')));

  expect(journal.liveCount).toBe(0);
  const trail = await audited();
  const count = (event: string) => sent.filter(({ order }) => trail.get(order.clientOrderId)?.includes(event)).length;
  const { accepted, rejected, filled, cancelled } = engine.account();
  expect(accepted).toBeGreaterThan(150);
  expect(filled).toBeGreaterThan(20);
  expect(rejected).toBeGreaterThan(0);
  expect({
    accepted: count('order_placed'),
    rejected: count('order_rejected'),
    filled: count('order_filled'),
    cancelled: count('order_cancelled'),
  }).toEqual({ accepted, rejected, filled, cancelled });
});
