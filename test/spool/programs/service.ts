/**
 * A service that writes numbered records and audit events, with a spool: `<url> <spool folder> <first number> <how many> <how it ends>`. Prints its report and
 * its health as JSON. It ends by `shutdown`, by `exit`, or stays until it is killed (`stay`).
 */
import { createLogging } from '../../../src/index.ts';

const [url, directory, first, count, end] = process.argv.slice(2);
const logging = createLogging({
  environment: 'production',
  service: { name: 'spool-test' },
  backends: { otlp: { logsEndpoint: `${url}/v1/logs`, timeoutMillis: 2_000, level: 'trace', spool: { directory } } },
  level: 'trace',
});
const log = logging.getLogger('app');
await logging.ready;
const from = Number(first);
for (let i = from; i < from + Number(count); i++) {
  log.info('a record', { i });
  if (i % 10 === 0) log.audit('an_event', { i });
  if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
if (end === 'shutdown') {
  const report = await logging.shutdown({ timeoutMillis: 5_000 });
  console.log(JSON.stringify({ report, otlp: logging.health().backends.otlp }));
} else if (end === 'exit') {
  const started = performance.now();
  process.on('exit', () => {
    // Ours runs behind this one.
    process.stdout.write('');
  });
  console.log(JSON.stringify({ otlp: logging.health().backends.otlp, started }));
  process.exit(0);
} else {
  console.log(JSON.stringify({ otlp: logging.health().backends.otlp }));
  setInterval(() => console.log(JSON.stringify({ otlp: logging.health().backends.otlp })), 100);
}
