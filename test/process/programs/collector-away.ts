/** One line to a collector that is not there. */
import { createLogging } from '../../../src/index.ts';

const logging = createLogging({
  exitTimeoutMillis: 120_000,
  backends: { otlp: { endpoint: process.argv[2], protocol: process.argv[3] as 'http/protobuf' } },
});
logging.getLogger('app').error('one line');
logging.getLogger('app').audit('one_event', {});
