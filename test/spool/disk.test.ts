/**
 * Disks that fail in reality: full, read-only, without the folder; and processes that are killed while they write.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordsOf as recordsOfTally } from '../../src/health/tally.ts';
import { smallDisk } from '../backends/file-support.ts';
import { drain, entryOf, Losses, openSpool, temporaryFolder } from './support.ts';

const MIB = 1024 * 1024;

test('a full disk refuses, keeps what it had, and takes again when there is room', async () => {
  const disk = smallDisk(2 * MIB);
  if (disk === undefined) return;
  onTestFinished(() => disk.remove());
  const folder = join(disk.path, 'spool');
  const losses = new Losses();
  const spool = await openSpool(folder, losses, { syncs: true, dropsOldest: false });
  let records = 0;
  const append = async () => {
    await spool.append(entryOf(records, 10, 10_000));
    records += 10;
  };
  await expect(
    (async () => {
      for (let i = 0; i < 100; i++) await append();
    })(),
  ).rejects.toThrow('ENOSPC');
  expect(records).toBeGreaterThan(0);
  expect(recordsOfTally(spool.waiting)).toBe(records);
  await expect(append()).rejects.toThrow('ENOSPC');
  disk.remount(`size=${8 * MIB}`);
  await append();
  // A restart finds all of it, and nothing of what was refused.
  await spool.close();
  const again = await openSpool(folder, losses);
  expect(await drain(again, MIB)).toEqual(Array.from({ length: records }, (_, n) => n));
  expect(losses.total).toBe(0);
  await again.close();
});

test('a full disk has room again for audit events when the oldest logs are dropped, and those are counted', async () => {
  const disk = smallDisk(2 * MIB);
  if (disk === undefined) return;
  onTestFinished(() => disk.remove());
  const losses = new Losses();
  const logs = await openSpool(join(disk.path, 'logs'), losses, { segmentBytes: 200_000 });
  const audit = await openSpool(join(disk.path, 'audit'), new Losses(), { dropsOldest: false, syncs: true });
  let records = 0;
  for (;;) {
    const isTaken = await logs.append(entryOf(records, 10, 10_000)).then(
      () => true,
      () => false,
    );
    if (!isTaken) break;
    records += 10;
  }
  await expect(audit.append(entryOf(0, 10, 10_000))).rejects.toThrow('ENOSPC');
  expect(await logs.dropOldest()).toBe(true);
  await audit.append(entryOf(0, 10, 10_000));
  const rest = await drain(logs, MIB);
  expect(losses.total).toBeGreaterThan(0);
  expect(recordsOfTally(losses.byReason.spool_full) + rest.length).toBe(records);
  expect(await drain(audit)).toHaveLength(10);
});

test('a spool at its limit drops its oldest records, counted, and stays below it', async () => {
  const folder = temporaryFolder();
  const losses = new Losses();
  const spool = await openSpool(folder, losses, { maxBytes: 400_000 });
  for (let i = 0; i < 100; i++) {
    await spool.append(entryOf(i * 10, 10, 2_000));
    expect(spool.bytes).toBeLessThanOrEqual(400_000);
  }
  const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(onDisk).toBeLessThanOrEqual(400_000 + 2_048);
  const rest = await drain(spool, MIB);
  expect(rest.at(-1)).toBe(999);
  expect(rest.length).toBeGreaterThan(100);
  expect(recordsOfTally(losses.byReason.spool_full) + rest.length).toBe(1_000);
});

test('audit events beyond their limit are kept, and reported by a process warning', async () => {
  const losses = new Losses();
  const spool = await openSpool(temporaryFolder(), losses, { maxBytes: 100_000, dropsOldest: false });
  for (let i = 0; i < 20; i++) await spool.append(entryOf(i * 10, 10, 2_000));
  expect(losses.warnings).toHaveLength(1);
  expect(await drain(spool, MIB)).toHaveLength(200);
  expect(losses.total).toBe(0);
});

test('a read-only disk refuses; when it is writable again, everything goes on', async () => {
  const disk = smallDisk(8 * MIB);
  if (disk === undefined) return;
  onTestFinished(() => disk.remove());
  const folder = join(disk.path, 'spool');
  const losses = new Losses();
  const spool = await openSpool(folder, losses);
  await spool.append(entryOf(0, 10));
  await spool.close();
  disk.remount('ro');
  const readOnly = await openSpool(folder, losses);
  await expect(readOnly.append(entryOf(10, 10))).rejects.toThrow('EROFS');
  expect(recordsOfTally(readOnly.waiting)).toBe(10);
  // It can be sent from there; that it was sent cannot be kept, and this is said.
  expect(await drain(readOnly)).toHaveLength(10);
  await readOnly.settled();
  expect(losses.warnings.join()).toContain('may be sent twice');
  disk.remount('rw');
  await readOnly.append(entryOf(10, 10));
  expect(await drain(readOnly)).toEqual(Array.from({ length: 10 }, (_, n) => 10 + n));
  await readOnly.close();
  expect(losses.total).toBe(0);
});

test('a folder that is removed under it is made again; what can still be read is delivered, the rest is counted', async () => {
  const folder = join(temporaryFolder(), 'spool');
  const losses = new Losses();
  const spool = await openSpool(folder, losses, { segmentBytes: 2_000 });
  for (let i = 0; i < 6; i++) await spool.append(entryOf(i * 10, 10, 50));
  rmSync(folder, { recursive: true });
  for (let i = 6; i < 9; i++) await spool.append(entryOf(i * 10, 10, 50));
  expect(readdirSync(folder).some((name) => name.endsWith('.seg'))).toBe(true);
  // What came behind is safe from a restart.
  const again = await openSpool(folder, new Losses());
  expect((await drain(again)).slice(-30)).toEqual(Array.from({ length: 30 }, (_, n) => 60 + n));
  await again.close();
});

test('the same, and the account of the one that goes on closes', async () => {
  const folder = join(temporaryFolder(), 'spool');
  const losses = new Losses();
  const spool = await openSpool(folder, losses, { segmentBytes: 2_000 });
  for (let i = 0; i < 6; i++) await spool.append(entryOf(i * 10, 10, 50));
  rmSync(folder, { recursive: true });
  for (let i = 6; i < 9; i++) await spool.append(entryOf(i * 10, 10, 50));
  const delivered = await drain(spool);
  expect(delivered.slice(-30)).toEqual(Array.from({ length: 30 }, (_, n) => 60 + n));
  expect(delivered.length + recordsOfTally(losses.byReason.spool_damaged)).toBe(90);
  expect(recordsOfTally(spool.waiting)).toBe(0);
  await spool.close();
  expect(readdirSync(folder).filter((name) => name.endsWith('.seg'))).toEqual([]);
});

test('a folder that cannot be made: appending is refused with the reason', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const spool = await openSpool(join(folder, 'file', 'spool'));
  await expect(spool.append(entryOf(0, 1))).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(recordsOfTally(spool.waiting)).toBe(0);
  await spool.close();
});

test('a link in place of a segment is not followed', async () => {
  const folder = temporaryFolder();
  const target = join(folder, 'target');
  writeFileSync(target, 'precious');
  mkdirSync(join(folder, 'spool'));
  symlinkSync(target, join(folder, 'spool', '000000000001.seg'));
  const spool = await openSpool(join(folder, 'spool'));
  await spool.append(entryOf(0, 1));
  await spool.close();
  expect(readFileSync(target, 'utf8')).toBe('precious');
});

test('a process that is killed while it appends loses nothing that was acknowledged', async () => {
  const program = resolve(import.meta.dirname, 'programs/appending.ts');
  for (let round = 0; round < 5; round++) {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop()!;
      if (lines.length > 0) acknowledged = Number(lines.at(-1));
      if (acknowledged > 300 + round * 77) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const losses = new Losses();
    const spool = await openSpool(folder, losses);
    const records = await drain(spool);
    expect(records).toEqual(Array.from({ length: records.length }, (_, n) => n));
    expect(records.length).toBeGreaterThanOrEqual(acknowledged);
    expect(losses.total).toBe(0);
    expect(losses.warnings).toEqual([]);
    await spool.close();
  }
});

test('a segment whose process was killed before it wrote the head holds nothing, and is no damage', async () => {
  const folder = temporaryFolder();
  const first = new Losses();
  const spool = await openSpool(folder, first);
  await spool.close();
  const path = join(folder, '000000000007.seg');
  writeFileSync(path, '');
  const losses = new Losses();
  const again = await openSpool(folder, losses);
  expect(await drain(again)).toEqual([]);
  expect(losses.total).toBe(0);
  expect(losses.warnings).toEqual([]);
  expect(existsSync(path)).toBe(false);
  await again.close();
});
