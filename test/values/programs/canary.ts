/**
 * Logs a secret in every place, in every way, into every output, and writes down what the program itself can see of the outputs.
 */
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { ConfigError, createLogging, type Fields } from '../../../src/index.ts';
import { MESSAGES, OWN_ENTRIES, PLACES, secretOf } from './canary-places.ts';

const [folder, collector, hostile, port] = process.argv.slice(2);
const bridged: unknown[] = [];
const logging = createLogging({
  level: 'debug',
  ringBufferSize: 100_000,
  redact: OWN_ENTRIES,
  resource: {
    'db.url': `postgres://u:${secretOf(9009)}@h/x`,
    api_key: secretOf(9009),
    endpoint: `https://h/?token=${secretOf(9009)}`,
  },
  backends: {
    console: { level: 'debug', structured: false, colored: false, bufferBytes: 2 ** 26 },
    file: { level: 'debug', path: `${folder}/app.jsonl`, bufferBytes: 2 ** 26 },
    audit: { path: `${folder}/audit.jsonl` },
    otlp: { logsEndpoint: collector, level: 'debug', queueBytes: 2 ** 26 },
    bridge: { level: 'debug', target: (record) => void bridged.push(record) },
    prometheus: { port: Number(port) },
  },
  routes: [
    { when: { type: 'logs' }, to: ['console', 'file', 'otlp', 'bridge'] },
    { when: { type: 'audit' }, to: ['audit', 'otlp', 'bridge'] },
  ],
  routesMode: 'replace',
});
await logging.ready;
const log = logging.getLogger('canary');
const meter = logging.meterProvider.getMeter('canary');
const otel = logging.loggerProvider.getLogger('canary');

PLACES.forEach(({ make }, i) => {
  const fields = () => make(secretOf(i)) as Fields;
  // Often enough that records of its shape go the fast way.
  for (let n = 0; n < (i % 7 === 0 ? 50 : 1); n++) log.info('field', fields());
  log.error('nested', { nested: fields() });
  log.withContext(fields()).warning('context');
  log.audit('audit', fields());
  otel.emit({ body: fields() as never, attributes: fields() as never });
  log.counter('canary_total', 1, fields() as never);
  meter.createCounter('canary_meter').add(1, { ...(fields() as object), list: [`token=${secretOf(i)}`] } as never);
  const { err } = fields() as { err?: Error };
  if (err !== undefined) log.error(err as never);
});
MESSAGES.forEach(({ make }, i) => {
  const text = make(secretOf(PLACES.length + i));
  for (let n = 0; n < 3; n++) log.info(text, { n });
  log.info(`${text} `, { unique: text });
  log.audit(text, { n: 1 });
});
await logging.flush({ timeoutMillis: 60_000 });
writeFileSync(`${folder}/metrics.txt`, await fetch(`http://127.0.0.1:${port}/metrics`).then((page) => page.text()));

// Texts of our own that could repeat what they were given.
const other = createLogging({
  backends: {
    otlp: { logsEndpoint: `${hostile}/401`, headers: { authorization: `Bearer ${secretOf(9001)}`, 'x-api-key': secretOf(9002) } },
    prometheus: {
      port: 0,
      pushGatewayUrl: `${hostile.replace('://', `://user:${secretOf(9003)}@`)}/push`,
      pushIntervalMillis: 100,
    },
    file: { path: `${folder}/other.jsonl` },
  },
});
other.getLogger('a').error('x');
await other.flush({ timeoutMillis: 60_000 });
const moved = createLogging({ backends: { otlp: { logsEndpoint: `${hostile}/307` } } });
moved.getLogger('a').error('x');
await moved.flush({ timeoutMillis: 60_000 });

const refused: string[] = [];
for (const config of [
  { backends: { otlp: { endpoint: `ftp://user:${secretOf(9005)}@host/x?token=${secretOf(9005)}` } } },
  {
    backends: {
      otlp: { endpoint: 'http://h', clientKey: `-----BEGIN PRIVATE KEY-----\n${secretOf(9006)}\n-----END PRIVATE KEY-----` },
    },
  },
  { backends: { otlp: { endpoint: 'http://h', headers: { authorization: `a\n${secretOf(9007)}` } } } },
  { backends: { prometheus: { pushGatewayUrl: `nonsense://u:${secretOf(9008)}@h` } } },
]) {
  try {
    createLogging(config as never);
  } catch (error) {
    refused.push(error instanceof ConfigError ? `${error.message} ${inspect(error.issues)}` : inspect(error));
  }
}
const seen = { bridged, health: [logging.health(), other.health(), moved.health()], refused };
const printed = [
  inspect(logging, { depth: 9, showHidden: true }),
  inspect(other, { depth: 9, showHidden: true }),
  inspect(log, { depth: 9 }),
  inspect(log.withContext({ apiKey: secretOf(9008) }), { depth: 9 }),
];
const json = JSON.stringify({ ...seen, printed }, (_, value) =>
  typeof value === 'bigint' ? String(value) : ArrayBuffer.isView(value) ? Buffer.from(value.buffer).toString('latin1') : value,
);
writeFileSync(`${folder}/seen.json`, json);
await Promise.all([
  logging.shutdown({ timeoutMillis: 60_000 }),
  other.shutdown({ timeoutMillis: 2_000 }),
  moved.shutdown({ timeoutMillis: 2_000 }),
]);
