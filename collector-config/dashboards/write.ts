// node collector-config/dashboards/write.ts: writes json/ anew. A test fails while a file differs from its source.

import { mkdirSync, writeFileSync } from 'node:fs';
import { DASHBOARDS, toJson } from './all.ts';

const folder = new URL('json/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, build] of Object.entries(DASHBOARDS)) {
  writeFileSync(new URL(`${name}.json`, folder), toJson(build()));
  process.stdout.write(`collector-config/dashboards/json/${name}.json\n`);
}
