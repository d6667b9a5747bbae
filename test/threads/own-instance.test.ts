/** An instance that a thread has made for itself ends with that thread, not with the process. */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

const cases = ['createLogging', 'configureLogging'].flatMap((make) =>
  ['end', 'process.exit', 'throw', 'exit handler that logs and exits'].flatMap((way) =>
    ['at once', 'later'].map((when) => ({ make, way, when })),
  ),
);

test.each(cases)(
  '$make in a thread that logs $when and ends by $way: log record and audit event are in the files',
  async (how) => {
    using folder = temporaryFolder();
    const result = await runProgram('../../threads/programs/own-instance.ts', [folder.path, how.make, how.way, how.when]);
    expect(result, result.stderr).toMatchObject({ code: 0, stderr: '' });
    const expected = how.way === 'exit handler that logs and exits' ? [1, 2] : [1];
    expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(expected);
    expect(jsonLinesIn(folder.path, 'audit').map(({ i }) => i)).toEqual(expected);
  },
);
