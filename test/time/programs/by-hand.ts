/** As fake timers of other runners do it: plain objects in place of timers, in the globals and in Node's module, and a `Date` that stands still. */
import { createRequire } from 'node:module';
import { logWithReplacedTimers } from './replaced.ts';

const timers = createRequire(import.meta.url)('node:timers') as Record<string, unknown>;
const holders = [globalThis as unknown as Record<string, unknown>, timers];
let made = 0;
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
  for (const holder of holders) holder[name] = () => ({ id: ++made, ref() {}, unref() {} });
}
for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) for (const holder of holders) holder[name] = () => {};
const Original = Date;
globalThis.Date = class Faked extends Original {
  constructor(...given: []) {
    super(...((given.length === 0 ? [946_684_800_000] : given) as []));
  }

  static override now(): number {
    return 946_684_800_000;
  }
} as DateConstructor;
await logWithReplacedTimers();
