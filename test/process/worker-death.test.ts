import { describe, expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

describe('a worker that dies is replaced, and the account closes to the record', () => {
  test('a hundred deaths under load: produced = delivered + counted, audits complete', async () => {
    using folder = temporaryFolder();
    const result = await runProgram('deaths.ts', [folder.path, '100'], { timeoutMillis: 170_000 });
    expect(result.code, result.stderr).toBe(0);
    const { sent, audits, report, health } = JSON.parse(result.stdout);
    expect(health.worker.restarts).toBeGreaterThanOrEqual(100);
    expect(report.complete).toBe(true);
    const numbers = jsonLinesIn(folder.path, 'app').map(({ n }) => n as number);
    const distinct = new Set(numbers);
    const { lanes, backends } = health;
    expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(sent + 100);
    expect(distinct.size).toBe(sent - (lanes.logs.dropped.info?.ring_full ?? 0) - backends.file.droppedTotal);
    expect(new Set(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq)).size).toBe(audits);
    // At least once: doubled is at most what was being written when the worker died.
    expect(numbers.length - distinct.size).toBeLessThan(sent * 0.05);
  }, 180_000);
});
