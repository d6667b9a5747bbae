/**
 * A method that is handed on without its logger (`.catch(logger.error)`, `on('error', logger.warning)`, `const { info } = logger`) writes its record all the
 * same: an error in a place that is there to report errors would end the program.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';

test.each([[[]], [['--disallow-code-generation-from-strings']]])(
  'a record whose method was called without its logger is written, under the logger "unbound" %j',
  async (execArgv) => {
    const { stdout, stderr, code } = await runProgram(join(import.meta.dirname, 'programs/unbound.ts'), [], { execArgv });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const records = JSON.parse(stdout) as { lane: string }[];
    const unbound = { lane: 'logs', loggerName: 'unbound' };
    expect(records.filter(({ lane }) => lane === 'logs')).toEqual([
      { ...unbound, level: 'error', body: 'no price', what: 'TypeError' },
      { ...unbound, level: 'warning', body: 'feed lost', what: 'Error' },
      { ...unbound, level: 'info', body: 'order placed', what: 1 },
      { ...unbound, level: 'debug', body: 'order placed', what: 2 },
      { lane: 'logs', loggerName: 'feed', level: 'info', body: 'with its logger' },
    ]);
    expect(records.filter(({ lane }) => lane === 'audit')).toEqual([
      { lane: 'audit', loggerName: 'unbound', level: 'info', body: 'order_placed', what: 3 },
    ]);
  },
);
