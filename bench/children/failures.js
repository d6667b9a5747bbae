/**
 * A service before and after something has gone wrong, in a process of its own.
 *
 *   node bench/children/failures.js fill <front door of the package> <directory>     fills its rings and is killed
 *   node bench/children/failures.js start <front door of the package> <directory>    starts, and recovers what it finds
 *   node bench/children/failures.js exit <front door of the package> <directory>     exits while its collector is away
 *
 * In JavaScript: stripping types would be a part of what is measured.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';

/** A port that nobody listens on. */
const AWAY = 'http://127.0.0.1:9';

/** More than a ring holds. */
const RECORDS = 100_000;

const [mode, frontDoor, directory] = process.argv.slice(2);
const started = performance.now();
const { configureLogging } = await import(frontDoor);

function configure(backends) {
  return configureLogging({
    service: { name: 'bench' },
    level: 'info',
    diagnosticLevel: 'none',
    persistence: { enabled: true, directory: join(directory, 'runs') },
    backends: {
      file: { path: join(directory, 'app.jsonl'), format: 'json', rotation: { bytes: 67_108_864 }, keep: 1 },
      ...backends,
    },
  });
}

if (mode === 'fill') {
  const logging = configure({});
  const log = logging.getExchangeLogger('mexc', 'private.ws');
  // In one go: the worker has not started when the rings are full.
  for (let i = 0; i < RECORDS; i++)
    log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  process.kill(process.pid, 'SIGKILL');
}

if (mode === 'start') {
  const logging = configure({});
  await logging.ready;
  const readyMillis = performance.now() - started;
  await logging.recovered;
  const recoveredMillis = performance.now() - started;
  await logging.shutdown();
  process.send({ readyMillis, recoveredMillis, recovered: logging.health().memory.recovered });
  process.disconnect();
}

if (mode === 'exit') {
  const spool = { directory: join(directory, 'spool') };
  const logging = configure({ otlp: { endpoint: AWAY, metricsIntervalMillis: 600_000, spool } });
  await logging.ready;
  const log = logging.getExchangeLogger('mexc', 'private.ws');
  let i = 0;
  while (logging.health().backends.otlp.circuits.logs !== 'open') {
    for (const end = i + 100; i < end; i++) log.info('order placed', { symbol: 'BTCUSDT', qty: i });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const end = i + 1_000; i < end; i++) log.info('order placed', { symbol: 'BTCUSDT', qty: i });
  // The clock is one for all processes.
  writeSync(1, String(process.hrtime.bigint()));
  process.exit(0);
}
