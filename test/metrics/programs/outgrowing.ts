/**
 * Handles that are bound before there is an instance, and in one that is replaced, and whose tables go on growing after that. Prints how often each was used
 * and what the last instance knows of it.
 */
import { configureLogging, getLogger, type HFTLogger } from '../../../src/index.ts';

/** More than fit into a table's first block. */
const HANDLES = 40;
const CONFIG = { diagnosticLevel: 'none', backends: { console: { enabled: false } } } as const;
const recorded: Record<string, number> = {};

function bindAll(log: HFTLogger, when: string): (decade: number) => void {
  const names = Array.from({ length: HANDLES }, (_, i) => `${when}_${i}_duration_us`);
  const handles = names.map((name) => log.bindHistogram(name));
  return (decade) => {
    for (const [i, handle] of handles.entries()) {
      // Each decade is in octaves of its own, for which the table needs further pages.
      for (let n = 1; n < 10; n++) handle.record(n * 10 ** decade);
      recorded[names[i]!] = (recorded[names[i]!] ?? 0) + 9;
    }
  };
}

const log = getLogger('outgrowing');
const early = bindAll(log, 'early');
early(0);
const first = configureLogging(CONFIG);
await first.ready;
early(1);
const middle = bindAll(log, 'middle');
middle(1);
await first.flush();
const second = configureLogging(CONFIG);
await second.ready;
early(2);
middle(2);
const third = configureLogging(CONFIG);
early(3);
middle(3);
await third.ready;
const { metrics } = await third.metricsSnapshot();
const known = Object.fromEntries(
  metrics
    .filter(({ name }) => name in recorded)
    .map(({ name, series }) => [name, series.reduce((sum, { count = 0 }) => sum + count, 0)]),
);
process.stdout.write(JSON.stringify({ recorded, known }));
await third.shutdown();
