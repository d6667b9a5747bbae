/** Logs to a collector, with metrics, and prints what became of it: `behind-proxy.ts <backends.otlp as JSON>`. */
import { createLogging } from '../../../src/index.ts';

const logging = createLogging({
  environment: 'test',
  service: { name: 'behind-proxy' },
  backends: { otlp: JSON.parse(process.argv[2]!) },
});
for (let i = 0; i < 3; i++) logging.getLogger('gateway').info('order placed', { i });
const otlp = () => logging.health().backends.otlp!;
const untilKnown = setInterval(() => {
  const { delivered, lastError } = otlp();
  if (delivered < 3 && lastError === undefined) return;
  clearInterval(untilKnown);
  void logging.flush({ timeoutMillis: 1_000 }).then(() => {
    console.log(JSON.stringify({ delivered, lastError }));
    return logging.shutdown({ timeoutMillis: 0 });
  });
}, 5);
