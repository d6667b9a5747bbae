import { describe, expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

describe('whatever ends the process, what was logged is in the files', () => {
  test.each([
    { way: 'end', code: 0 },
    { way: 'process.exit', code: 7 },
    { way: 'throw', code: 1 },
    { way: 'rejection', code: 1 },
    { way: 'SIGTERM', signal: 'SIGTERM' },
    { way: 'SIGINT', signal: 'SIGINT' },
    { way: 'exit while busy', code: 7 },
    { way: 'an exit handler that exits', code: 9 },
    { way: 'an exit handler that throws', code: 1 },
  ])('$way', async ({ way, code = null, signal = null }) => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, way]);
    expect({ code: result.code, signal: result.signal }).toEqual({ code, signal });
    const lines = jsonLinesIn(folder.path, 'app');
    expect(lines.length).toBe(20_000);
    expect(lines.map(({ i }) => i)).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
    expect(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  test("a signal that the application handles is the application's: its handler runs to its end, and what it logs is kept", async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'handled SIGTERM', '100']);
    expect(result.code).toBe(3);
    expect(jsonLinesIn(folder.path, 'app').length).toBe(101);
  });

  test.each(['group 0', 'its group by its number'])('a signal that the process sends to %s ends it in the call', async (to) => {
    using folder = temporaryFolder();
    const result = await runProgram('own-group.ts', [folder.path, to], { timeoutMillis: 60_000 });
    expect(result.stdout, result.stderr).toBe('SIGTERM\n');
    expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual([1]);
  });

  test('a process that leads no group goes on when the signal to it fails', async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'a group that is not there', '100']);
    expect(result, result.stderr).toMatchObject({ code: 0, stdout: 'ESRCH\n' });
    expect(jsonLinesIn(folder.path, 'app').length).toBe(101);
  });

  test("what the application's own handlers of exit log is delivered, whenever they were added", async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'exit handlers', '100']);
    expect(result.code, result.stderr).toBe(0);
    expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(Array.from({ length: 102 }, (_, i) => i + 1));
    expect(jsonLinesIn(folder.path, 'audit').length).toBe(101);
  });

  test('many configurations in a row lose nothing, and leave no pile of listeners behind', async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'configured again and again', '15'], { timeoutMillis: 60_000 });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const numbers = jsonLinesIn(folder.path, 'app').map(({ i }) => i as number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  test('an exit in the middle of a logging call keeps everything before it', async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'exit while a field is read', '100']);
    expect(result.code, result.stderr).toBe(7);
    expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  });

  test('after a shutdown records are refused, and counted', async () => {
    using folder = temporaryFolder();
    const result = await runProgram('exits.ts', [folder.path, 'shutdown', '100']);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toEqual({ info: { closed: 1 } });
    expect(jsonLinesIn(folder.path, 'app').length).toBe(100);
  });

  test('six exits before the worker has booted lose nothing', async () => {
    for (let round = 0; round < 6; round++) {
      using folder = temporaryFolder();
      await runProgram('exits.ts', [folder.path, 'process.exit', '500']);
      expect(jsonLinesIn(folder.path, 'app').length).toBe(500);
    }
  });
});
