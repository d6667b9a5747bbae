/** One line to a collector that is not there, or takes nothing. Third argument: milliseconds that the exit may take. */
import { createLogging } from '../../../src/index.ts';

const logging = createLogging({
  exitTimeoutMillis: Number(process.argv[4] ?? 120_000),
  backends: { otlp: { endpoint: process.argv[2], protocol: process.argv[3] as 'http/protobuf' } },
});
logging.getLogger('app').error('one line');
logging.getLogger('app').audit('one_event', {});
