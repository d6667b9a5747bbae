/** Workers of `node:cluster`: each process has a run of its own. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { outputOf, start } from './kill.ts';

const EVENTS = 200;
const WORKERS = 3;

test.each(['a worker that is started in their place', 'the next start of the service'])(
  'what killed workers have left is delivered by %s',
  async (by) => {
    using folder = temporaryFolder();
    const [path, audit] = [join(folder.path, 'app.jsonl'), join(folder.path, 'audit.jsonl')];
    const config = {
      service: { name: 'cluster' },
      diagnosticLevel: 'none',
      persistence: { enabled: true, directory: join(folder.path, 'runs') },
      backends: { file: { path, format: 'json' }, audit: { path: audit, rotation: 'none' } },
    } satisfies LoggingConfig;
    const comesBack = by !== 'the next start of the service';
    const said = await outputOf(start('cluster.ts', { config, events: EVENTS, workers: WORKERS, comesBack }));
    if (!comesBack) {
      expect(readdirSync(join(folder.path, 'runs'))).toHaveLength(WORKERS);
      const logging = createLogging({ ...config, handleExits: false });
      await logging.recovered;
      await logging.shutdown();
      expect(logging.health().memory.recovered).toMatchObject({ runs: WORKERS, damaged: 0 });
    } else expect(JSON.parse(said)).toMatchObject({ runs: WORKERS, damaged: 0 });
    expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
    const expected = Array.from({ length: EVENTS }, (_, n) => n);
    for (let worker = 0; worker < WORKERS; worker++) {
      const own = (lines: ReturnType<typeof jsonLinesIn>) => [
        ...new Set(lines.filter((line) => line.worker === worker).map(({ n }) => n as number)),
      ];
      expect(own(jsonLinesIn(folder.path, 'app')).sort((a, b) => a - b)).toEqual(expected);
      expect(own(jsonLinesIn(folder.path, 'audit')).sort((a, b) => a - b)).toEqual(expected);
    }
    // Numbers of each process are whole: lines are told apart by their run.
    const runs = Map.groupBy(
      jsonLinesIn(folder.path, 'audit').filter(({ event }) => event === 'order_placed'),
      ({ run }) => run,
    );
    for (const lines of runs.values())
      expect([...new Set(lines.map(({ audit_seq }) => audit_seq as number))].sort((a, b) => a - b)).toEqual(
        expected.map((n) => n + 1),
      );
    expect(runs.size).toBe(WORKERS);
  },
);
