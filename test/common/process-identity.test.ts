/** A process is known by its number and its start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isNumberRunning, isRunning, thisProcess } from '../../src/common/process/process-identity.ts';
import { startZombie } from '../support/zombie.ts';

test('this one runs; one of the same number that started at another time, or before the last boot, does not', () => {
  const own = thisProcess();
  expect(isRunning(own)).toBe(true);
  expect(isRunning({ ...own, startTicks: own.startTicks + 1 })).toBe(false);
  expect(isRunning({ ...own, bootId: 'another' })).toBe(false);
});

test('one that has ended does not run', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = { ...thisProcess(), pid: child.pid!, startTicks: 0 };
  expect([isRunning(identity), isNumberRunning(child.pid!)]).toEqual([true, true]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect([isRunning(identity), isNumberRunning(child.pid!)]).toEqual([false, false]);
});

test('one that has ended does not run, though its parent has not asked for it either', async () => {
  using zombie = await startZombie();
  const identity = { ...thisProcess(), pid: zombie.pid, startTicks: Number(zombie.started) };
  expect([isRunning(identity), isRunning({ ...identity, startTicks: 0 }), isNumberRunning(zombie.pid)]).toEqual([
    false,
    false,
    false,
  ]);
});

test.each([0, -1, Number.NaN, 1.5])('%d is no process', (pid) => {
  expect(isNumberRunning(pid)).toBe(false);
});
