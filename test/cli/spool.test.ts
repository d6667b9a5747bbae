/**
 * `hft-otel spool` on the spools of services that have gone.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { takeFolder } from '../../src/spool/folders.ts';
import { ENTRY_HEADER_BYTES, FIRST_ENTRY_OFFSET } from '../../src/spool/layout.ts';
import { summariesIn } from '../../src/spool/summary.ts';
import { entryOf, Losses, openSpool, temporaryFolder } from '../spool/support.ts';
import { AS_NOBODY, canBeNobody, canReadAsNobody, NOBODY } from '../support/another-user.ts';
import { runProgram } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const COMMAND = resolve(import.meta.dirname, '../../src/cli/main.ts');

function spool(...words: string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'spool', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status, stdout, stderr };
}

/** Spools with so many records each, in folders that nobody uses. */
async function left(
  directory: string,
  spools: readonly { service: string; lane: 'logs' | 'audit'; records: number }[],
): Promise<void> {
  for (const { service, lane, records } of spools) {
    const { path, lock } = await takeFolder(join(directory, service), lane, 'gone');
    const own = await openSpool(path);
    await own.append(entryOf(0, records));
    await own.close();
    await lock.release();
  }
}

test('list says what waits, of which service and lane, and changes nothing', async () => {
  const directory = temporaryFolder();
  await left(directory, [
    { service: 'gateway', lane: 'logs', records: 120 },
    { service: 'gateway', lane: 'audit', records: 7 },
    { service: 'feed', lane: 'logs', records: 3 },
  ]);
  const before = readdirSync(directory, { recursive: true }).sort();
  const { spools } = JSON.parse(spool('list', directory, '--json').stdout);
  expect(
    spools.map(({ service, lane, records, isInUse }: Record<string, unknown>) => ({ service, lane, records, isInUse })),
  ).toEqual([
    { service: 'feed', lane: 'logs', records: 3, isInUse: false },
    { service: 'gateway', lane: 'logs', records: 120, isInUse: false },
    { service: 'gateway', lane: 'audit', records: 7, isInUse: false },
  ]);
  expect(spool('list', directory, '--lane', 'audit').stdout).toMatch(/gateway\/audit\.1: 7 records, \d+ B, since \d+\.\d s\n$/);
  expect(readdirSync(directory, { recursive: true }).sort()).toEqual(before);
  expect(spool('list', join(directory, 'nothing'))).toMatchObject({ code: 0, stdout: expect.stringContaining('No spool in') });
});

test('list tells since when the oldest record waits, however old its file is', async () => {
  const directory = temporaryFolder();
  const { path } = await takeFolder(join(directory, 'gateway'), 'logs', 'test');
  let now = 1_000;
  const own = await openSpool(path, new Losses(), { now: () => now });
  for (const time of [2_000, 3_000]) {
    now = time;
    await own.append(entryOf(time, 1));
  }
  const since = async () => (await summariesIn(directory)).map(({ oldestUnixMillis }) => oldestUnixMillis);
  expect(await since()).toEqual([2_000]);
  for (const left of [[3_000], [undefined]]) {
    own.release((await own.next(1))!);
    await own.settled();
    expect(await since()).toEqual(left);
  }
  await own.close();
});

test('drop asks, and with nobody to ask says so; --yes deletes what nobody uses', async () => {
  const directory = temporaryFolder();
  await left(directory, [
    { service: 'gateway', lane: 'logs', records: 120 },
    { service: 'gateway', lane: 'audit', records: 7 },
  ]);
  await takeFolder(join(directory, 'gateway'), 'audit', 'in use');
  const asked = spool('drop', directory);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('--yes');
  expect(JSON.parse(spool('drop', directory, '--yes', '--json').stdout)).toMatchObject({ spools: 1, records: 120 });
  const summaries = await summariesIn(directory);
  expect(summaries.map(({ lane, records, bytes }) => [lane, records, bytes > 0])).toEqual([
    ['logs', 0, false],
    ['audit', 7, true],
  ]);
});

test('send delivers what a service has left, and says what is left when the destination is away', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const directory = join(temporaryFolder(), 'spool');
  await server.stop();
  const program = resolve(import.meta.dirname, '../spool/programs/service.ts');
  await runProgram(program, [server.url, directory, '0', '300', 'shutdown']);
  const file = join(temporaryFolder(), 'config.json');

  writeFileSync(file, JSON.stringify({ backends: { otlp: { logsEndpoint: server.logsUrl } } }));
  const away = spool('send', directory, '--config', file, '--json', '--timeout', '1');
  expect({ code: away.code, ...JSON.parse(away.stdout) }).toMatchObject({ code: 1, delivered: 0, left: 330 });
  await server.restart();
  // Beside this process, because the server lives in it.
  const sent = await runProgram(COMMAND, ['spool', 'send', directory, '--config', file]);
  expect(sent.code, sent.stderr).toBe(0);
  expect(sent.stdout).toBe('330 of 330 records were sent.\n');
  expect(server.received).toHaveLength(330);
  expect(
    JSON.parse(spool('list', directory, '--json').stdout).spools.every(({ records }: { records: number }) => records === 0),
  ).toBe(true);
});

test('send starts nothing else of the service: no file, no audit trail, no metrics, no page', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const folder = temporaryFolder();
  const directory = join(folder, 'spool');
  await server.stop();
  await runProgram(resolve(import.meta.dirname, '../spool/programs/service.ts'), [server.url, directory, '0', '10', 'shutdown']);
  const page = await startOtlpServer();
  const port = new URL(page.url).port;
  const file = join(folder, 'config.json');
  const config = {
    preset: 'production',
    page: { port: Number(port) },
    backends: {
      otlp: { endpoint: server.url, metricsIntervalMillis: 100 },
      console: { enabled: true },
      prometheus: { port: Number(port), pushGatewayUrl: server.url, pushIntervalMillis: 1_000 },
    },
  };
  writeFileSync(file, JSON.stringify(config));
  await server.restart();
  const cwd = temporaryFolder();
  const env = { HFT_AUDIT_FILE: join(cwd, 'audit.jsonl'), HFT_CONTROL_DIRECTORY: join(cwd, 'control') };
  // Its ports are taken here: a warning would say so.
  const sent = await runProgram(COMMAND, ['spool', 'send', directory, '--config', file], { cwd, env });
  await page.stop();
  expect(sent).toMatchObject({ code: 0, stdout: '11 of 11 records were sent.\n', stderr: '' });
  expect(readdirSync(cwd, { recursive: true })).toEqual([]);
  expect(server.received).toHaveLength(11);
  expect(server.requests.filter(({ path }) => path !== '/v1/logs')).toEqual([]);
});

test('records that send does not find where a service of this name would look are left, and the exit code says so', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const directory = temporaryFolder();
  // A service of this name has a folder with another name.
  await left(directory, [{ service: 'desk.gateway', lane: 'logs', records: 3 }]);
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, JSON.stringify({ backends: { otlp: { logsEndpoint: server.logsUrl } } }));
  const sent = await runProgram(COMMAND, ['spool', 'send', directory, '--config', file]);
  expect(sent).toMatchObject({ code: 1, stdout: '0 of 3 records were sent. 3 are left.\n' });
});

test.skipIf(!canBeNobody() || !canReadAsNobody(COMMAND))(
  'a folder that the user may not look into is not told as empty',
  async () => {
    const directory = temporaryFolder();
    await left(directory, [{ service: 'gateway', lane: 'logs', records: 3 }]);
    const [command, ...rest] = AS_NOBODY;
    for (const closed of [join(directory, 'gateway'), directory]) {
      chmodSync(directory, closed === directory ? 0o700 : 0o755);
      chmodSync(join(directory, 'gateway'), 0o700);
      const words = [...rest, process.execPath, COMMAND, 'spool', 'list', directory];
      const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
      expect({ status, stderr }).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/EACCES.*as the user of the service/),
      });
    }
  },
);

test.skipIf(process.getuid?.() !== 0)('send and drop tell root to become the user whose spools they are', async () => {
  const directory = temporaryFolder();
  await left(directory, [{ service: 'gateway', lane: 'logs', records: 3 }]);
  chownSync(directory, NOBODY, NOBODY);
  for (const words of [
    ['send', directory, '--config', join(directory, 'none.json')],
    ['drop', directory, '--yes'],
  ])
    expect(spool(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(`sudo -u '#${NOBODY}'`) });
  expect((await summariesIn(directory)).map(({ records }) => records)).toEqual([3]);
});

test('send says how many records are lost in damaged files, and its exit code does', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const directory = join(temporaryFolder(), 'spool');
  await server.stop();
  await runProgram(resolve(import.meta.dirname, '../spool/programs/service.ts'), [server.url, directory, '0', '300', 'shutdown']);
  const segment = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) => /logs.*\.seg$/.test(name))!;
  const bytes = readFileSync(join(directory, segment));
  bytes[FIRST_ENTRY_OFFSET + ENTRY_HEADER_BYTES + 1] ^= 0xff;
  writeFileSync(join(directory, segment), bytes);
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, JSON.stringify({ backends: { otlp: { logsEndpoint: server.logsUrl } } }));
  await server.restart();

  const sent = await runProgram(COMMAND, ['spool', 'send', directory, '--config', file]);
  const [, delivered, lost] = /^(\d+) of 330 records were sent\. (\d+) are lost\.\n$/.exec(sent.stdout) ?? [];
  expect(Number(delivered) + Number(lost), sent.stdout + sent.stderr).toBe(330);
  expect(sent.code).toBe(1);
});
