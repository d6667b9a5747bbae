/**
 * Settings of the bridge.
 */
import { bridgeTarget } from '../../settings/kinds/value-kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { enabled, failover, level } from '../common-rows.ts';

export const bridgeSection = section({
  name: 'bridge',
  summary: 'Records passed to a function or an existing logger of the application.',
  rows: {
    enabled: enabled(),
    level,
    failover,
    target: setting(
      bridgeTarget,
      'A function that is called with each record, or a logger with the methods `debug`, `info`, `warn` or `warning`, `error` (pino, winston, console). It runs on the main thread.',
      { derived: 'none; required' },
    ),
  },
  // The target stays on its thread: a resolved configuration is copied to the worker.
  resolve: (given, { enabled }) => ({ enabled, level: given.value('level'), failover: given.value('failover') }),
  check({ enabled }, given, problems) {
    if (enabled && given.given('target') === undefined && !problems.has('backends.bridge.target')) {
      problems.add('backends.bridge.target', 'nothing', 'a function, or a logger');
    }
  },
});
