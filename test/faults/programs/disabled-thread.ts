import { flushLogging, getLogger } from '../../../src/index.ts';

getLogger('thread').audit('event', {
  get looked() {
    throw new Error('arguments are looked at');
  },
});
await flushLogging();
