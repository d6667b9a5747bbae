// npm run scale: how many of what a load needs, what it costs, where it breaks first (docs/scale.md).

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { REPOSITORY } from '../servers/versions.ts';
import type { Load } from './model.ts';
import { MEASURED, type Parameters } from './parameters.ts';
import { scaleTables } from './tables.ts';

/** Those of the page. */
export const LOADS: readonly Load[] = [
  { services: 20, recordsPerSecond: 1_000 },
  { services: 100, recordsPerSecond: 5_000 },
  { services: 500, recordsPerSecond: 20_000 },
];
export const PAGE = join(REPOSITORY, 'docs', 'scale.md');
const MARKS = /(<!-- tables: npm run scale -- --write -->\n)[\s\S]*?(<!-- end of tables -->)/;

export function pageWithTables(page: string): string {
  return page.replace(MARKS, (_, begin: string, end: string) => `${begin}\n${scaleTables(LOADS, MEASURED)}\n\n${end}`);
}

const USAGE = `npm run scale [-- options]

Says how many gateways, brokers and writers a load needs, what that costs and where it breaks first. Without options: the tables of docs/scale.md.

  --services N         services that send; default: those of the page
  --rate N             records a second of each of them
  --parameters FILE    JSON with parameters of your own in place of the measured ones
  --write              puts the page's own tables into docs/scale.md
  --help               this
`;

function main(): void {
  const { values } = commandLine(USAGE, {
    options: {
      services: { type: 'string' },
      rate: { type: 'string' },
      parameters: { type: 'string' },
      write: { type: 'boolean' },
    },
  });
  if (values.write === true) {
    writeFileSync(PAGE, pageWithTables(readFileSync(PAGE, 'utf8')));
    return;
  }
  const loads =
    values.services === undefined && values.rate === undefined
      ? LOADS
      : [{ services: positive('services', values.services, 500), recordsPerSecond: positive('rate', values.rate, 20_000) }];
  process.stdout.write(`${scaleTables(loads, parametersOf(values.parameters))}\n`);
}

function positive(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text}: expected a number above 0.`);
  return value;
}

function parametersOf(path: string | undefined): Parameters {
  if (path === undefined) return MEASURED;
  const own = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  for (const [name, value] of Object.entries(own)) {
    if (!(name in MEASURED))
      throw new Error(`${path}: there is no parameter ${name}. Known: ${Object.keys(MEASURED).join(', ')}.`);
    if (typeof value !== 'number' || !(value > 0))
      throw new Error(`${path}: ${name} is ${String(value)}, expected a number above 0.`);
  }
  return { ...MEASURED, ...(own as Partial<Parameters>) };
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
