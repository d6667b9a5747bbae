import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

describe('a worker that dies is replaced, and the account closes to the record', () => {
  // HFT_TEST_DEATHS=100 for the long run.
  const deaths = Number(process.env.HFT_TEST_DEATHS ?? 12);
  /** A worker takes a second to boot on a machine that is busy. */
  const timeoutMillis = 60_000 + deaths * 5_000;

  test(
    `${deaths} deaths under load: produced = delivered + counted, audits complete`,
    async () => {
      using folder = temporaryFolder();
      const result = await runProgram('deaths.ts', [folder.path, `${deaths}`], { timeoutMillis });
      expect(result.code, result.stderr).toBe(0);
      const { sent, audits, report, health } = JSON.parse(result.stdout);
      expect(health.worker.restarts).toBeGreaterThanOrEqual(deaths);
      expect(report.complete).toBe(true);
      // A mark of losses, which a slow disk brings about, has no number.
      const numbers = jsonLinesIn(folder.path, 'app').flatMap(({ n }) => (n === undefined ? [] : [n as number]));
      const distinct = new Set(numbers);
      const { lanes, backends } = health;
      expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(sent + deaths);
      // Orders to die went through the same ring.
      const offered = sent + deaths - backends.killer.taken;
      expect(distinct.size).toBe(offered - (lanes.logs.dropped.info?.ring_full ?? 0) - backends.file.droppedTotal);
      expect(new Set(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq)).size).toBe(audits);
      // At least once: a death doubles at most the slot that was being written (an eighth of the queue: 2 MiB) and what was being encoded (2,048 records).
      const recordsInSlot = 2_097_152 / (backends.file.bytes / backends.file.delivered);
      expect(numbers.length - distinct.size).toBeLessThanOrEqual(health.worker.restarts * (recordsInSlot + 2_048));
    },
    timeoutMillis + 10_000,
  );

  test(
    `${deaths} deaths at any instruction under load: nothing is missing in the file, the audit file and at the collector`,
    async () => {
      using folder = temporaryFolder();
      const server = closeAfterTest(await startOtlpServer());
      const result = await runProgram('terminated.ts', [folder.path, `${deaths}`, server.url], { timeoutMillis });
      expect(result.code, result.stderr).toBe(0);
      const { sent, audits, report, health } = JSON.parse(result.stdout);
      expect(health.worker.restarts).toBeGreaterThanOrEqual(deaths);
      expect(report, JSON.stringify(health)).toMatchObject({ complete: true, pending: 0 });
      const { lanes, backends } = health;
      expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(sent);
      expect(lanes.audit.accepted).toBe(audits);
      for (const name of ['file', 'audit', 'otlp', 'appending']) {
        const { taken, delivered, droppedTotal } = backends[name];
        expect(taken, name).toBe(delivered + droppedTotal);
      }
      const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
      const distinct = (numbers: number[]) => [...new Set(numbers.filter((n) => n > 0))].sort((a, b) => a - b);
      const lines = distinct(jsonLinesIn(folder.path, 'app').map(({ n }) => Number(n)));
      expect(lines.length).toBe(sent - lanes.logs.droppedTotal - backends.file.droppedTotal);
      expect(distinct(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => Number(audit_seq)))).toEqual(upTo(audits));
      const received = (isAudit: boolean) =>
        distinct(
          server.received
            .filter(({ eventName }) => (eventName !== '') === isAudit)
            .map(({ attributes }) => Number(isAudit ? attributes['hft.audit.seq'] : (attributes.n ?? 0))),
        );
      // What stands in the worker's own memory dies with it, and is counted; what its ring still holds comes again.
      const appended = distinct(readFileSync(join(folder.path, 'taken-numbers.txt'), 'utf8').split('\n').map(Number));
      const { dropped, droppedTotal } = backends.appending;
      expect(droppedTotal).toBe((dropped.worker_died ?? 0) + (dropped.queue_full ?? 0));
      expect(appended.length + droppedTotal + lanes.logs.droppedTotal).toBeGreaterThanOrEqual(sent);
      expect(server.undecodable).toEqual([]);
      expect(received(true)).toEqual(upTo(audits));
      expect(received(false).length).toBe(sent - lanes.logs.droppedTotal - backends.otlp.droppedTotal);
    },
    timeoutMillis + 10_000,
  );
});
