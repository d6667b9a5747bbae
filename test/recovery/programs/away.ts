/** Logs to a collector that is away, records metrics, and ends as it is told: killed, shut down, or by an exit. */
import { configureLogging, getLogger } from '../../../src/index.ts';

const { directory, endpoint, metricsEndpoint, ending } = JSON.parse(process.argv[2]!);
process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL = 'http/json';
const logging = configureLogging({
  service: { name: 'away', version: '1.2.3', instanceId: 'away-1' },
  diagnosticLevel: 'none',
  exitTimeoutMillis: 200,
  persistence: { enabled: true, directory },
  backends: { otlp: { endpoint, metricsEndpoint, metricsIntervalMillis: 60_000 } },
});
await logging.ready;
const logger = getLogger('gateway');
for (let n = 0; n < 500; n++) {
  logger.info('quote', { n });
  if (n % 10 === 0) logger.audit('order_placed', { n: n / 10 });
}
logger.counter('fills_total', 7, { side: 'buy' });
logger.metric('ack_duration_us', 250);
// The worker has encoded what stood in the rings: some of it waits in outboxes.
while (logging.health().lanes.logs.pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
logger.info('last');
if (ending === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
if (ending === 'shutdown') await logging.shutdown({ timeoutMillis: 100 });
process.exit();
