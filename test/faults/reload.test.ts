import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';

test.each(['exit', 'shutdown'])(
  'the package loaded again and again while loggers of older copies live on (%s): one set of handlers, nothing lost',
  async (way) => {
    using folder = temporaryFolder();
    const result = await runProgram(program('reloaded.ts'), [folder.path, way], { timeoutMillis: 60_000 });
    expect(result.code, result.stderr).toBe(7);
    const { written, handlers } = JSON.parse(result.stdout);
    // Before and behind the application's own handlers of exit.
    expect(handlers).toEqual([2, 1, 1, 1]);
    const all = Array.from({ length: written }, (_, i) => i + 1);
    const numbers = (prefix: string) =>
      jsonLinesIn(folder.path, prefix)
        .map(({ n }) => n as number)
        .sort((left, right) => left - right);
    expect(numbers('app')).toEqual(all);
    expect(numbers('audit')).toEqual(all);
  },
  60_000,
);
