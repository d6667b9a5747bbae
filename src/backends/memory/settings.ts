/**
 * Settings of the memory backend.
 */
import { integer } from '../../settings/kinds/kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { enabled, failover, level } from '../common-rows.ts';

export const memorySection = section({
  name: 'memory',
  summary: 'The newest records, which you read from `logging.memory`: for tests and diagnosis.',
  enabledIn: 'test',
  rows: {
    enabled: enabled('test'),
    level,
    failover,
    capacity: setting(integer(1, 10_000_000, 'records'), 'Number of records that are kept.', {
      value: 10_000,
      unit: 'records',
      origin: 'some seconds of a busy service, some tens of MB',
      atLimit: 'the oldest records are removed',
    }),
  },
  resolve: (given, { enabled }) => ({ ...given.settled(), enabled }),
});
