// node scripts/stack/pictures.ts [minutes]: runs the stack with the demo and draws every dashboard into docs/dashboards/ from what
// the servers answer. Grafana itself is not needed, nor is it imitated beyond the place and the data of each panel.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from '../servers/versions.ts';
import { readDashboards } from './dashboards.ts';
import { startDemo } from './demo.ts';
import { drawDashboard } from './picture/dashboard.ts';
import { startStack } from './stack.ts';

const MINUTES = Number(process.argv[2] ?? 5);
const STEP_SECONDS = 5;
const folder = join(REPOSITORY, '.cache', 'pictures');
const target = join(REPOSITORY, 'docs', 'dashboards');

rmSync(folder, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const stack = await startStack({ folder });
const demo = startDemo(stack.otlpUrl, folder);
try {
  const ended = await Promise.race([sleep(MINUTES * 60_000), demo.ended.then(() => true)]);
  if (ended === true) throw new Error(`The demo has ended:\n${readFileSync(demo.logPath, 'utf8').slice(-2_000)}`);
  const to = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS * 1000;
  const range = { from: to - MINUTES * 60_000, to, stepSeconds: STEP_SECONDS };
  for (const [name, dashboard] of readDashboards()) {
    const picture = await drawDashboard(dashboard, stack, { interval: '30s', range: `${MINUTES}m` }, range);
    writeFileSync(join(target, `${name}.svg`), picture);
    process.stdout.write(`docs/dashboards/${name}.svg  ${Math.round(picture.length / 1024)} KiB\n`);
  }
} finally {
  await demo.stop();
  await stack.stop();
}
process.exit();
