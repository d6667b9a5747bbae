import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const FILE = join(import.meta.dirname, '../../src/common/own-file.ts');

test.each(['-e', '-p'])(
  'the package knows its own file under `node %s`, where __filename is a global of another meaning',
  (flag) => {
    const code = `import(${JSON.stringify(pathToFileURL(FILE).href)}).then(({ ownFile }) => console.log(ownFile()))`;
    expect(execFileSync(process.execPath, [flag, code], { encoding: 'utf8' })).toContain(FILE);
  },
);
