/**
 * Making directories: at once (common/make-directories.ts), and as steps in both of their drivers (files/directories.ts).
 */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeDirectoriesNow } from '../../src/common/make-directories.ts';
import { makeDirectories } from '../../src/files/directories.ts';
import { runAsync, runSync } from '../../src/files/steps.ts';
import { temporaryFolder } from '../support/child.ts';

describe.each<[string, (path: string) => unknown]>([
  ['at once', (path) => makeDirectoriesNow(path, 0o750)],
  ['in steps, at once', (path) => runSync(makeDirectories(path))],
  ['in steps, with promises', (path) => runAsync(makeDirectories(path))],
])('%s', (_, make) => {
  const made = async (path: string) => make(path);
  const folder = () => {
    const { path, ...temporary } = temporaryFolder();
    onTestFinished(() => temporary[Symbol.dispose]());
    return path;
  };

  test('what is there already is left: directories, links to them, the root', async () => {
    const path = folder();
    mkdirSync(join(path, 'there'), 0o700);
    symlinkSync(join(path, 'there'), join(path, 'link'));
    for (const each of [path, join(path, 'there'), join(path, 'link'), parse(path).root, '/proc/self'])
      await expect(made(each), each).resolves.not.toThrow();
    expect(statSync(join(path, 'there')).mode & 0o777).toBe(0o700);
  });

  test('something else of the name is no directory, and stays', async () => {
    const path = folder();
    writeFileSync(join(path, 'file'), 'kept');
    symlinkSync(join(path, 'file'), join(path, 'to-file'));
    symlinkSync(join(path, 'gone'), join(path, 'to-nothing'));
    for (const name of ['file', 'to-file', 'to-nothing'])
      await expect(made(join(path, name)), name).rejects.toMatchObject({
        code: 'ENOTDIR',
        message: `ENOTDIR: ${join(path, name)} is there, and is no directory`,
      });
    await expect(made(join(path, 'file/below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('kept');
    expect(existsSync(join(path, 'gone'))).toBe(false);
  });

  test('any path below any tree: a directory is there afterwards, or an error told that there is none', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const entry = fc.record({ path, sort: fc.constantFrom('directory', 'file', 'link') });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 4 }), path, async (tree, wanted) => {
        using below = temporaryFolder();
        const at = (name: string) => join(below.path, name);
        for (const { path, sort } of tree) {
          try {
            if (sort === 'directory') mkdirSync(at(path), { recursive: true });
            else if (sort === 'file') writeFileSync(at(path), '');
            else symlinkSync(at('a'), at(path));
          } catch {} // something is in its way
        }
        const error = await made(at(wanted)).then(
          () => undefined,
          (thrown: NodeJS.ErrnoException) => thrown.code,
        );
        const isThere = statOrNothing(at(wanted))?.isDirectory() === true;
        expect([isThere, error === undefined]).toEqual([isThere, isThere]);
      }),
      { numRuns: 200 },
    );
  });
});

function statOrNothing(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
