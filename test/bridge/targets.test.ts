/**
 * The configuration takes what the bridge takes, and nothing else.
 */
import { createRequire } from 'node:module';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import winston from 'winston';
import { resolveConfig } from '../../src/config/resolve.ts';
import { type BridgeTarget, isBridgeTarget } from '../../src/contract/bridge-target.ts';
import { ConfigError } from '../../src/errors.ts';
import { createTestLogging } from '../../src/testing.ts';

class Inherited {
  debug(): void {}
  info(): void {}
  warning(): void {}
  error(): void {}
}
const nothing = () => {};
const bunyan = createRequire(import.meta.url)('bunyan');

test.each<[string, unknown, boolean]>([
  ['a function', nothing, true],
  ['pino', pino({ enabled: false }), true],
  ['winston', winston.createLogger({ silent: true }), true],
  ['bunyan', bunyan.createLogger({ name: 'x', streams: [] }), true],
  ['console', console, true],
  ['one of our loggers', createTestLogging().getLogger('x'), true],
  ['methods of a class', new Inherited(), true],
  ['a function with methods', Object.assign(() => {}, { debug: nothing, info: nothing, warn: nothing, error: nothing }), true],
  ['other names for the same', { trace: nothing, log: nothing, warn: nothing, error: nothing }, true],
  ['no method for warnings', { debug: nothing, info: nothing, error: nothing }, false],
  ['methods that are none', { debug: 1, info: nothing, warn: nothing, error: nothing }, false],
  ['an empty object', {}, false],
  ['null', null, false],
  ['a text', 'pino', false],
  [
    'a getter that throws',
    {
      get debug(): never {
        throw new Error('no');
      },
      info: nothing,
      warn: nothing,
      error: nothing,
    },
    false,
  ],
])('%s', (_kind, target, taken) => {
  const configure = () => resolveConfig({ backends: { bridge: { target: target as BridgeTarget } } }, {});
  if (!taken) {
    expect(configure).toThrow(ConfigError);
    expect(configure).toThrow('backends.bridge.target');
    return;
  }
  expect(isBridgeTarget(target)).toBe(true);
  expect(configure().bridgeTarget).toBe(target);
});
