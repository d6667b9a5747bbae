import { describe, expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

describe('a worker that dies is replaced, and the account closes to the record', () => {
  // HFT_TEST_DEATHS=100 for the long run.
  const deaths = Number(process.env.HFT_TEST_DEATHS ?? 12);

  test(`${deaths} deaths under load: produced = delivered + counted, audits complete`, async () => {
    using folder = temporaryFolder();
    const result = await runProgram('deaths.ts', [folder.path, `${deaths}`], { timeoutMillis: 290_000 });
    expect(result.code, result.stderr).toBe(0);
    const { sent, audits, report, health } = JSON.parse(result.stdout);
    expect(health.worker.restarts).toBeGreaterThanOrEqual(deaths);
    expect(report.complete).toBe(true);
    const numbers = jsonLinesIn(folder.path, 'app').map(({ n }) => n as number);
    const distinct = new Set(numbers);
    const { lanes, backends } = health;
    expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(sent + deaths);
    // Orders to die went through the same ring.
    const offered = sent + deaths - backends.killer.taken;
    expect(distinct.size).toBe(offered - (lanes.logs.dropped.info?.ring_full ?? 0) - backends.file.droppedTotal);
    expect(new Set(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq)).size).toBe(audits);
    // At least once: a death doubles at most the slot that was being written (1 MiB) and what was being encoded (2,048 records).
    const recordsInSlot = 1_048_576 / (backends.file.bytes / backends.file.delivered);
    expect(numbers.length - distinct.size).toBeLessThanOrEqual(health.worker.restarts * (recordsInSlot + 2_048));
  }, 300_000);
});
