/**
 * Settings of the console backend.
 */
import { isatty } from 'node:tty';
import { clusterWorkerOf } from '../../common/process/cluster-worker.ts';
import { boolean, oneOf } from '../../settings/kinds/kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { bufferBytes, enabled, failover, level, MIB } from '../common-rows.ts';
import { isRedirected } from './redirected.ts';

export type ConsoleSettings = ReturnType<typeof consoleSection.resolve>;

export const consoleSection = section({
  name: 'console',
  summary: 'Text or JSON lines on stdout or stderr.',
  enabledIn: 'development',
  exporter: { signal: 'logs', word: 'console', decides: false },
  rows: {
    enabled: enabled('development'),
    level,
    failover,
    colored: setting(boolean, 'Whether text is coloured.', {
      derived: 'by FORCE_COLOR, NO_COLOR and TERM=dumb, otherwise whether the stream is a terminal',
    }),
    structured: setting(boolean, 'Whether it writes JSON lines instead of text.', {
      derived: 'true when the stream is not a terminal',
    }),
    stream: setting(oneOf(['stdout', 'stderr'] as const), 'Stream that it writes to.', { value: 'stdout' }),
    bufferBytes: bufferBytes('terminal or the pipe', {
      value: 4 * MIB,
      origin: 'about 20,000 lines while a terminal scrolls or a pipe is read slowly',
      atLimit: 'records are dropped for the console only, and counted (queue_full)',
    }),
  },
  resolve(given, { enabled, env }) {
    const settled = given.settled();
    // By descriptor: touching `process.stdout` would open it, which takes milliseconds.
    const terminal = isatty(settled.stream === 'stdout' ? 1 : 2);
    return {
      ...settled,
      enabled,
      colored: settled.colored ?? wantsColours(env, terminal),
      structured: settled.structured ?? !terminal,
      isRedirected: enabled && isRedirected(settled.stream, clusterWorkerOf(env) !== undefined),
    };
  },
});

/** FORCE_COLOR overrides NO_COLOR, as in Node itself. */
function wantsColours({ FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR) return false;
  return terminal && TERM !== 'dumb';
}
