/**
 * Meddles with what the language has built in, as its second argument says, before the package is loaded; then uses it. With a third argument `at once` it shuts
 * down before its worker has begun, so that its own thread delivers.
 */
const [folder, way, end] = process.argv.slice(2);

const WAYS: Readonly<Record<string, () => void>> = {
  'Object.prototype has more properties': () => {
    Object.assign(Object.prototype, {
      polluted: 'x',
      level: 'error',
      tags: ['no'],
      enabled: false,
      redact: [],
      // Node's own `writeSync` throws what it finds there.
      ...(end !== 'at once' && { error: new Error('no') }),
    });
  },
  'Object.prototype has a toJSON': () => {
    Object.assign(Object.prototype, { toJSON: () => 'polluted' });
  },
  'Object.prototype has a property that nobody may read': () => {
    Object.defineProperty(Object.prototype, 'forbidden', {
      enumerable: true,
      get() {
        throw new Error('read from a prototype');
      },
    });
  },
  'Array.prototype has more properties': () => {
    Object.assign(Array.prototype, { last: () => 'x', 7: 'seventh', toJSON: () => 'polluted' });
  },
  'String.prototype and Number.prototype have a toJSON': () => {
    Object.assign(String.prototype, { toJSON: () => 'polluted' });
    Object.assign(Number.prototype, { toJSON: () => 'polluted' });
  },
  'JSON.stringify throws': () => {
    JSON.stringify = () => {
      throw new Error('patched');
    };
  },
  'Date.now stands still': () => {
    Date.now = () => 0;
  },
  'the clock of performance stands still': () => {
    performance.now = () => 0;
  },
  'timers never fire': () => {
    Object.assign(globalThis, {
      setTimeout: () => 0,
      setInterval: () => 0,
      setImmediate: () => 0,
      queueMicrotask: () => {},
      clearTimeout: () => {},
      clearInterval: () => {},
    });
    process.nextTick = () => {};
  },
  'Atomics.notify does nothing': () => {
    Atomics.notify = () => 0;
  },
  'Map and Array are patched': () => {
    const { get, set } = Map.prototype;
    Map.prototype.get = function (key) {
      return get.call(this, key);
    };
    Map.prototype.set = function (key, value) {
      return set.call(this, key, value);
    };
    const { push } = Array.prototype;
    Array.prototype.push = function (...items) {
      return push.apply(this, items);
    };
  },
  'standard output throws': () => {
    process.stdout.write = () => {
      throw new Error('patched');
    };
  },
};

WAYS[way]();
const { configureLogging, getLogger, shutdownLogging } = await import('../../../src/index.ts');
const early = getLogger('early');
early.info('early', { i: 0 });
const logging = configureLogging({
  level: 'debug',
  service: { name: 'meddled' },
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug' },
    audit: { path: `${folder}/audit.jsonl` },
  },
});
const log = logging.getExchangeLogger('mexc', 'private.rest');
for (let i = 1; i <= 100; i++) {
  log.info('order placed', { symbol: 'BTCUSDT', i, price: 0.5 });
  log.debug(`unique ${i}`, { i });
  log.withContext({ desk: 'a' }).warning('nested', { i, nested: { list: [1, 'two', { three: 3 }] }, none: null });
  log.error('failed', new Error(`error ${i}`));
  log.audit('order_placed', { i, side: 'BUY' });
  log.counter('orders_total', 1, { side: 'BUY' });
  log.timer('operation').stop();
}
const { metrics } = end === 'at once' ? { metrics: [] } : await logging.metricsSnapshot();
const report = await shutdownLogging();
const health = logging.health();
const orders = metrics.find(({ name }) => name === 'orders_total')?.series[0].value;
const timed = metrics.find(({ name }) => name === 'operation_duration_us')?.series[0].count;
process.stderr.write(`complete ${report.complete}, dropped ${health.lanes.logs.droppedTotal}, orders ${orders}, timed ${timed}`);
process.exitCode = 7;
