/** One line to a file on a full disk, for which the exit may wait 1.5 seconds. */
import { createLogging } from '../../../src/index.ts';

const logging = createLogging({ exitTimeoutMillis: 1_500, backends: { file: { path: process.argv[2]! } } });
await logging.ready;
logging.getLogger('app').error('one line');
