/** Counts and exports with delta temporality, and is killed behind a count that has not been exported. */
import { configureLogging, getLogger } from '../../../src/index.ts';

const { directory, metricsEndpoint, exports } = JSON.parse(process.argv[2]!);
process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL = 'http/json';
const logging = configureLogging({
  service: { name: 'deltas', instanceId: 'deltas-1' },
  diagnosticLevel: 'none',
  persistence: { enabled: true, directory },
  backends: {
    otlp: { endpoint: 'http://127.0.0.1:9', metricsEndpoint, metricsIntervalMillis: 60_000, temporality: 'delta' },
    memory: { enabled: true },
  },
  routes: [{ when: {}, to: ['memory'], final: true }],
});
await logging.ready;
const logger = getLogger('gateway');
for (let n = 0; n < exports; n++) {
  logger.counter('fills_total', 10 ** n, { side: 'buy' });
  logger.metric('ack_duration_us', 250);
  await logging.flush();
}
logger.counter('fills_total', 10 ** exports, { side: 'buy' });
logger.metric('ack_duration_us', 250);
process.kill(process.pid, 'SIGKILL');
