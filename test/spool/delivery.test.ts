/**
 * Services with a spool against a real OTLP server that goes away: nothing that was produced is missing at the end but what is counted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { type OtlpServer, startOtlpServer } from '../support/otlp-server.ts';
import { PATIENCE } from '../support/patience.ts';
import { temporaryFolder } from './support.ts';

const SERVICE = join(import.meta.dirname, 'programs/service.ts');

/** Numbers of the records and of the events that a server has, each once and sorted. */
function arrived({ received }: OtlpServer): { readonly logs: number[]; readonly audits: number[] } {
  const numbers = (isAudit: boolean) =>
    [
      ...new Set(
        received
          .filter(({ attributes }) => (attributes['hft.audit'] === true) === isAudit)
          .flatMap(({ attributes: { i } }) => (i === undefined ? [] : [Number(i)])),
      ),
    ].sort((left, right) => left - right);
  return { logs: numbers(false), audits: numbers(true) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const eventsUpTo = (count: number) => upTo(count).filter((n) => n % 10 === 0);

test('what waits at an end with the collector away is sent by the next run, and the account of both closes', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const folder = join(temporaryFolder(), 'spool');
  await server.stop();
  const away = await runProgram(SERVICE, [server.url, folder, '0', '2000', 'shutdown']);
  expect(away.stderr).not.toContain('undelivered');
  const first = JSON.parse(away.stdout);
  expect(first.report).toMatchObject({ complete: false, pending: 2_200, spooled: 2_200 });
  expect(first.otlp.spools).toMatchObject({ logs: { records: 2_000 }, audit: { records: 200 } });
  expect(first.otlp.dropped).toEqual({});
  await server.restart();
  const back = JSON.parse((await runProgram(SERVICE, [server.url, folder, '2000', '500', 'shutdown'])).stdout);
  expect(back.report).toMatchObject({ complete: true, pending: 0 });
  expect(back.otlp).toMatchObject({ state: 'ok', restored: 2_200, taken: 2_200 + 550, delivered: 2_750, droppedTotal: 0 });
  expect(arrived(server)).toEqual({ logs: upTo(2_500), audits: eventsUpTo(2_500) });
});

test('an exit with the circuit open does not wait, says nothing of a loss, and loses nothing', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const folder = join(temporaryFolder(), 'spool');
  await server.stop();
  const away = await runProgram(SERVICE, [server.url, folder, '0', '6000', 'exit']);
  expect({ code: away.code, stderr: away.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(away.stdout).otlp.circuits.logs).not.toBe('closed');
  await server.restart();
  await runProgram(SERVICE, [server.url, folder, '6000', '10', 'shutdown']);
  expect(arrived(server)).toEqual({ logs: upTo(6_010), audits: eventsUpTo(6_010) });
});

test('a service that is killed in an outage has its audit events on disk, and its log records but for the last moment', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const folder = join(temporaryFolder(), 'spool');
  await server.stop();
  let pid = 0;
  const killed = runProgram(SERVICE, [server.url, folder, '0', '6000', 'stay'], { onStart: (started) => (pid = started) });
  await expect.poll(() => existsSync(folder), PATIENCE).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  process.kill(pid, 'SIGKILL');
  expect((await killed).signal).toBe('SIGKILL');
  await server.restart();
  const { otlp } = JSON.parse((await runProgram(SERVICE, [server.url, folder, '6000', '10', 'shutdown'])).stdout);
  expect(otlp.droppedTotal).toBe(0);
  const { logs, audits } = arrived(server);
  expect(audits).toEqual(eventsUpTo(6_010));
  expect(logs).toEqual(upTo(6_010));
});

test('without an outage nothing is written, and no folder is made', async () => {
  const server = closeAfterTest(await startOtlpServer());
  // A server that takes a quarter of a second for an answer is away, and on a machine that is busy with other things ours may be that slow.
  let folder: string;
  let attempts = 0;
  do {
    folder = join(temporaryFolder(), 'spool');
    const { otlp } = JSON.parse((await runProgram(SERVICE, [server.url, folder, '0', '1000', 'shutdown'])).stdout);
    expect(otlp).toMatchObject({ delivered: 1_100, circuits: { logs: 'closed', audit: 'closed' } });
  } while (existsSync(folder) && ++attempts < 5);
  expect(existsSync(folder)).toBe(false);
}, 120_000);
