/** Logs and audits so many records of each kind with a configuration, and is killed before its worker has begun: nothing of them is delivered. */
import { createLogging, type LoggingConfig } from '../../../src/index.ts';

export interface LeftOptions {
  readonly config: LoggingConfig;
  readonly records: number;
}

const { config, records }: LeftOptions = JSON.parse(process.argv[2]!);
const logging = createLogging({ diagnosticLevel: 'none', ...config });
const logger = logging.getLogger('gateway');
for (let n = 0; n < records; n++) {
  logger.info('quote', { n });
  logger.debug('detail', { n });
  logger.audit('order_placed', { n });
}
process.kill(process.pid, 'SIGKILL');
