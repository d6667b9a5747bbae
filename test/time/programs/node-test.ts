import { mock } from 'node:test';
import { logWithReplacedTimers } from './replaced.ts';

mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 946_684_800_000 });
await logWithReplacedTimers();
