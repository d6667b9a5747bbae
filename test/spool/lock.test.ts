/**
 * One owner at a time, whoever dies and whenever.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serviceFolder, spoolsOf, takeAbandoned, takeFolder } from '../../src/spool/folders.ts';
import { FolderLock, isLocked } from '../../src/spool/lock.ts';
import { startZombie } from '../support/zombie.ts';
import { entryOf, openSpool, temporaryFolder } from './support.ts';

const STARTER = resolve(import.meta.dirname, 'programs/starter.ts');

/** A process that tries to lock `folder` `after` so many milliseconds of Unix time, says whether it has it, and stays. */
async function starter(folder: string, atUnixMillis: number): Promise<{ readonly has: boolean; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [STARTER, folder, String(atUnixMillis)], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { has: line.toString().startsWith('yes'), child };
}

test('of starters that race for a dead owner, exactly one gets the folder', async () => {
  const folder = temporaryFolder();
  let owner: ChildProcess | undefined;
  for (let round = 0; round < 4; round++) {
    owner?.kill('SIGKILL');
    if (owner !== undefined) await once(owner, 'exit');
    expect(await isLocked(folder)).toBe(false);
    const at = Date.now() + 700;
    const starters = await Promise.all(Array.from({ length: 4 }, () => starter(folder, at)));
    const owners = starters.filter(({ has }) => has);
    expect(owners).toHaveLength(1);
    expect(await isLocked(folder)).toBe(true);
    for (const { child, has } of starters) if (!has) child.kill('SIGKILL');
    owner = owners[0].child;
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('lock-'))).toHaveLength(1);
});

test('of many races inside one process, each has exactly one winner', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < 100; round++) {
    const locks = await Promise.all(Array.from({ length: 5 }, (_, n) => FolderLock.acquire(folder, `${round}-${n}`)));
    const [winner, ...others] = locks.filter((lock) => lock !== undefined);
    expect(others).toEqual([]);
    await winner.release();
  }
});

test('the successor of a worker has the token of the one that died, and so its folder', async () => {
  const folder = temporaryFolder();
  expect(await FolderLock.acquire(folder, 'a')).toBeDefined();
  expect(await FolderLock.acquire(folder, 'b')).toBeUndefined();
  expect(await FolderLock.acquire(folder, 'a')).toBeDefined();
});

test('a process id that is in use again is not the owner', async () => {
  const folder = temporaryFolder();
  await FolderLock.acquire(folder, 'a');
  const [name] = readdirSync(folder);
  const owner = { pid: 1, started: '999999999999', place: 'here', token: 'x' };
  const { place } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { place: string };
  writeFileSync(join(folder, 'lock-900'), JSON.stringify({ ...owner, place }));
  expect(await isLocked(folder)).toBe(false);
  expect(await FolderLock.acquire(folder, 'b')).toBeDefined();
});

test('an owner that has ended is gone, though its parent has not asked for its exit code', async () => {
  const folder = temporaryFolder();
  using zombie = await startZombie();
  await FolderLock.acquire(folder, 'a');
  const [name] = readdirSync(folder);
  const own = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  writeFileSync(join(folder, name), JSON.stringify({ ...own, pid: zombie.pid, started: zombie.started }));
  expect(await isLocked(folder)).toBe(false);
  expect(await FolderLock.acquire(folder, 'b')).toBeDefined();
});

test('an owner in another container is there as long as it touches its lock', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lock-7');
  writeFileSync(path, JSON.stringify({ pid: 1, started: '0', place: 'elsewhere', token: 'x' }));
  expect(await FolderLock.acquire(folder, 'a')).toBeUndefined();
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  expect(await FolderLock.acquire(folder, 'a')).toBeDefined();
});

test('a lock that nobody can read is nobody’s', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'lock-3'), 'garbage');
  expect(await FolderLock.acquire(folder, 'a')).toBeDefined();
  expect(readdirSync(folder)).toEqual(['lock-4']);
});

test('each process of a service has a folder of its own, a restart has the one it had, and what others left is taken over', async () => {
  const directory = serviceFolder(temporaryFolder(), 'trading/gateway');
  const [one, two] = [await takeFolder(directory, 'logs', 'one'), await takeFolder(directory, 'logs', 'two')];
  expect([one.path, two.path]).toEqual([join(directory, 'logs.1'), join(directory, 'logs.2')]);
  expect((await takeFolder(directory, 'audit', 'one')).path).toBe(join(directory, 'audit.1'));
  const spool = await openSpool(two.path);
  await spool.append(entryOf(0, 3));
  await spool.close();
  await one.lock.release();
  await two.lock.release();
  const again = await takeFolder(directory, 'logs', 'three');
  expect(again.path).toBe(one.path);
  const abandoned = await takeAbandoned(directory, 'logs', 'three', [again.path]);
  expect(abandoned.map(({ path }) => path)).toEqual([two.path]);
  mkdirSync(join(directory, 'logs.9'));
  expect(await takeAbandoned(directory, 'logs', 'four', [])).toEqual([]);
  expect(spoolsOf('logs', readdirSync(directory))).toEqual([1, 2, 9].map((number) => `logs.${number}`));
});

test('a service’s name is a folder’s name, whatever is in it', () => {
  for (const name of ['../../etc', 'a/b', '.', '..', 'ä*?', 'x'.repeat(5_000)]) {
    const folder = serviceFolder('/spool', name);
    expect(folder).toMatch(/^\/spool\/[^/]+$/);
    expect(['/spool/.', '/spool/..']).not.toContain(folder);
  }
});
