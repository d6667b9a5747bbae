/**
 * `npm run stack` twice at once: the second one leaves the folder of the first alone and says who has it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaveFolder, takeFolder } from '../../scripts/stack/folder.ts';
import { temporaryFolder } from '../support/child.ts';

test('a folder that a running process has is left alone; one whose process has ended is taken, and emptied', async () => {
  using temporary = temporaryFolder();
  const folder = join(temporary.path, 'stack');
  const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
  await once(other, 'spawn');
  takeFolder(folder);
  writeFileSync(join(folder, 'process-id'), String(other.pid));
  writeFileSync(join(folder, 'queue'), 'of the first');
  expect(() => takeFolder(folder)).toThrow(`process ${other.pid}. Stop it first`);
  expect(existsSync(join(folder, 'queue'))).toBe(true);

  other.kill();
  await once(other, 'exit');
  takeFolder(folder);
  expect(readdirSync(folder)).toEqual(['process-id']);
  writeFileSync(join(folder, 'queue'), 'of the second');
  leaveFolder(folder);
  expect(readdirSync(folder)).toEqual(['queue']);
});
