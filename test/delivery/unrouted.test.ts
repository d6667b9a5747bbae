/** A1: what no backend takes is counted, by lane and level, and said once, with what to change. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

async function run(folder: string, file: object, more: object, calls: (logging: ReturnType<typeof createLogging>) => void) {
  const logging = createLogging({
    ...more,
    backends: { file: { path: join(folder, 'app.jsonl'), ...file }, prometheus: { enabled: false } },
  });
  calls(logging);
  expect(await logging.flush({ timeoutMillis: 20_000 })).toMatchObject({ complete: true, pending: 0 });
  const health = logging.health();
  await logging.shutdown();
  return { health, lines: jsonLinesIn(folder, 'app') };
}

test('a file that was named by hand takes what loggers write', async () => {
  using folder = temporaryFolder();
  const { lines, health } = await run(folder.path, {}, { environment: 'production' }, (logging) =>
    logging.getLogger('a').info('x'),
  );
  expect(lines.map(({ msg }) => msg)).toEqual(['x']);
  expect(health.lanes.logs.unroutedTotal).toBe(0);
});

test('records below the level of every backend are counted by level, and one warning names logger, level and remedy', async () => {
  using folder = temporaryFolder();
  const { lines, health } = await run(folder.path, { level: 'warning' }, { level: 'debug' }, (logging) => {
    const log = logging.getLogger('gateway');
    for (let i = 0; i < 5; i++) log.debug('d');
    for (let i = 0; i < 3; i++) log.info('i');
    log.warning('w');
    logging.getLogger('other').info('i');
  });
  expect(lines.map(({ msg }) => msg)).toEqual(['w']);
  const { accepted, unrouted, unroutedTotal } = health.lanes.logs;
  expect(unrouted).toEqual({ debug: 5, info: 4 });
  expect(accepted).toBe(unroutedTotal + health.backends.file!.taken);
  const said = health.warnings.filter((warning) => warning.includes('health().lanes.logs.unrouted'));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^The logger "gateway": no backend takes debug and info records.*lower backends\.file\.level/);
});

test('audit events that reach no backend are counted and said; those that a route drops are counted and not said', async () => {
  using folder = temporaryFolder();
  const { health } = await run(folder.path, {}, {}, (logging) => logging.getLogger('gateway').audit('order_placed', {}));
  expect(health.lanes.audit.unrouted).toEqual({ info: 1 });
  expect(health.warnings.some((warning) => warning.includes('health().lanes.audit.unrouted'))).toBe(true);

  using other = temporaryFolder();
  const meant = await run(other.path, {}, { routes: [{ when: { logger: 'noise' }, to: [], final: true }] }, (logging) =>
    logging.getLogger('noise').info('n'),
  );
  expect(meant.health.lanes.logs.unrouted).toEqual({ info: 1 });
  expect(meant.health.warnings.filter((warning) => warning.includes('unrouted'))).toEqual([]);
});
