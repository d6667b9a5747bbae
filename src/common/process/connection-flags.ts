/**
 * The flags of this process that say how Node connects to servers. A thread that is started with flags of its own has none of these by itself; it has those of
 * `NODE_OPTIONS`.
 */
import { errorText } from '../error-text.ts';

const SWITCH =
  /^--(?:no-)?(?:use-env-proxy|use-system-ca|(?:enable-)?network-family-autoselection|tls-min-v1\.[0-3]|tls-max-v1\.[23])$/;

/** The value is the next argument, or behind `=`. */
const WITH_VALUE = /^--(?:dns-result-order|network-family-autoselection-attempt-timeout)$/;

/** `flags`: as in `process.execArgv`. */
export function connectionFlagsOf(flags: readonly string[]): string[] {
  return flags.flatMap((flag, i) => {
    const [written = '', value] = flag.split('=');
    // Node takes one for the other.
    const name = written.replaceAll('_', '-');
    if (WITH_VALUE.test(name)) return value === undefined ? [`${flag}=${flags[i + 1]}`] : [flag];
    return SWITCH.test(name) ? [flag] : [];
  });
}

/** Calls `start` with the flags that a thread may have. Some are the whole process's, which ones depends on Node's version: a thread has these in any case. */
export function startWithFlags<T>(flags: readonly string[], start: (execArgv: string[]) => T): T {
  try {
    return start([...flags]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || flags.length === 0) throw error;
    const refused = new Set(errorText(error).split(/[ ,]+/));
    const others = flags.filter((flag) => !refused.has(flag));
    return startWithFlags(others.length < flags.length ? others : [], start);
  }
}
