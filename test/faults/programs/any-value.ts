/**
 * Hands anything whatever to everything that takes an argument, through a real worker into console, file, audit file and collector, and leaves
 * the account of it in `account.json`.
 */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { createLogging, type Fields, type Tags } from '../../../src/index.ts';
import { anyFields, anything, type Maker } from '../support/hostile.ts';

const [folder, logsEndpoint, colours, seed, runs] = process.argv.slice(2);
const logging = createLogging({
  level: 'debug',
  ringBufferSize: 50_000,
  backends: {
    console: { level: 'debug', structured: false, colored: colours === 'coloured', bufferBytes: 2 ** 26 },
    file: { level: 'debug', path: `${folder}/app.jsonl` },
    audit: { path: `${folder}/audit.jsonl` },
    otlp: { logsEndpoint, level: 'debug' },
  },
  routes: [
    { when: { type: 'logs' }, to: ['console', 'file', 'otlp'] },
    { when: { type: 'audit' }, to: ['audit', 'otlp'] },
  ],
  routesMode: 'replace',
});
const log = logging.getLogger('any');
const otel = logging.loggerProvider.getLogger('any');
const meter = logging.meterProvider.getMeter('any');
let logs = 0;
let audits = 0;
const thrown: string[] = [];

function attempt(what: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    thrown.push(`${what}: ${String(error)}`);
  }
}

function everyWay(first: Maker, second: Maker, times: number): void {
  for (let i = 0; i < times; i++) {
    attempt('log', () => log.info(first() as string, second() as Fields));
    logs++;
  }
  attempt('error', () => log.error(first() as string, second() as Error));
  attempt('context', () => log.withContext(second() as Fields).warning(first() as string));
  attempt('tags', () => logging.getStrategyLogger(first() as string, second() as string[]).debug('named'));
  attempt('emit', () => otel.emit({ body: first() as string, attributes: second() as Fields as never }));
  attempt('event', () =>
    otel.emit({ eventName: first() as string, severityNumber: second() as number, timestamp: first() as number }),
  );
  logs += 5;
  attempt('audit', () => log.audit(first() as string, second() as Fields));
  attempt('audit in a context', () => log.withContext(second() as Fields).audit('in a context', { value: first() }));
  audits += 2;
  attempt('counter', () => log.counter(first() as string, 1, second() as Tags));
  attempt('metric', () => log.metric('any', first() as number, second() as Tags));
  attempt('timer', () => log.timer(first() as string, second() as Tags).stop());
  attempt('meter', () => meter.createCounter(String(seed)).add(first() as number, second() as never));
}

await logging.ready;
let run = 0;
await fc.assert(
  fc.asyncProperty(anything, anyFields, fc.constantFrom(1, 1, 40), async (first, second, times) => {
    everyWay(first, second, times);
    // The far ends are asked for what they got, not for how fast they are.
    if (++run % 20 === 0) await logging.flush({ timeoutMillis: 60_000 });
  }),
  { numRuns: Number(runs), seed: Number(seed), endOnFailure: true },
);
const report = await logging.shutdown({ timeoutMillis: 60_000 });
writeFileSync(`${folder}/account.json`, JSON.stringify({ logs, audits, thrown, report, health: logging.health() }));
