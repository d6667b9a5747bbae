/**
 * docs/metrics.md lists the pipeline's own metrics as the source declares them, and an instance has exactly those.
 */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { OWN_HISTOGRAMS, OWN_INSTRUMENTS } from '../../src/health/instruments.ts';
import { createLogging } from '../../src/logging.ts';

const DOCUMENT = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const declared = [
  ...Object.values(OWN_INSTRUMENTS),
  ...Object.values(OWN_HISTOGRAMS).map((histogram) => ({ ...histogram, kind: 'histogram' })),
];

test('each stands there once, with its kind, unit and meaning', () => {
  const rows = [...DOCUMENT.matchAll(/^\| `((?:hft|otel)\.[\w.]+)` \| (\w+) \| `(.*?)` \| (.*) \|$/gm)];
  expect(rows.map(([, name, kind, unit, description]) => ({ name, kind, unit, description }))).toEqual(
    declared.map(({ name, kind, unit, description }) => ({ name, kind, unit, description })),
  );
});

test('an instance has each of them, and no other', async () => {
  const logging = createLogging({ environment: 'test', handleExits: false });
  onTestFinished(() => void logging.shutdown());
  const log = logging.getLogger('a');
  await logging.ready;
  await vi.waitFor(
    async () => {
      log.info('tick');
      const { metrics } = await logging.metricsSnapshot();
      const found = metrics.map(({ name, kind, unit }) => `${name} ${kind} ${unit}`);
      expect(found.sort()).toEqual(declared.map(({ name, kind, unit }) => `${name} ${kind} ${unit}`).sort());
    },
    { timeout: 20_000, interval: 20 },
  );
});
