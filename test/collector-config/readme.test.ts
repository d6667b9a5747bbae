// The table of settings is what the files read: every variable with its default, and none that no file reads.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../collector-config/${file}`, import.meta.url), 'utf8');

const FILES = [
  'agent.yaml',
  'gateway.yaml',
  'kafka/gateway.yaml',
  'kafka/gateway-sasl.yaml',
  'kafka/writer.yaml',
  'kafka/writer-sasl.yaml',
  'remote-write/gateway.yaml',
  'loki.yaml',
];

/** `${NAME:-default}` as Loki reads it, `${env:NAME:-default}` as collectors do. */
function settingsOf(file: string): [string, string][] {
  const settings = read(file)
    .split('\n')
    .map((line) => line.replace(/^\s*#.*/, ''))
    .flatMap((line) => [...line.matchAll(/\$\{(?:env:)?([A-Z_]+):-([^}]*)\}/g)]);
  return settings.map(([, name, value]) => [name!, value === '' ? 'none' : value!]);
}

const inFiles = FILES.flatMap(settingsOf);
const inTable = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \| `?([^|`]+?)`? \|/gm)].map(
  ([, name, value]) => [name!, value!] as const,
);

test('every setting has one default, wherever it is read', () => {
  const defaults = new Map<string, Set<string>>();
  for (const [name, value] of inFiles) defaults.set(name, (defaults.get(name) ?? new Set()).add(value));
  for (const [name, values] of defaults) expect([...values], name).toHaveLength(1);
});

test('the table of the README has every setting with its default, and no other', () => {
  const sorted = (pairs: readonly (readonly [string, string])[]) => Object.entries(Object.fromEntries(pairs)).sort();
  expect(sorted(inTable)).toEqual(sorted(inFiles));
});

test('settings that .env.example offers are passed on by compose.yaml with the same default', () => {
  const offered = [...read('.env.example').matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]);
  const passed = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name!, value!]);
  expect(Object.fromEntries(offered)).toEqual(Object.fromEntries(passed));
  const files = Object.fromEntries(inFiles);
  for (const [name, value] of offered) if (files[name!] !== undefined) expect(value, name).toBe(files[name!]);
});

test('docs/dashboards.md lists every alert with its severity, and no other', () => {
  const page = readFileSync(new URL('../../docs/dashboards.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| .* \| (page|ticket) \|$/gm)].map(
    ([, name, severity]) => `${name} ${severity}`,
  );
  const rules = [
    'rules/prometheus/audit.rules.yaml',
    'rules/prometheus/service.rules.yaml',
    'rules/prometheus/collector.rules.yaml',
    'rules/loki/fake/audit.yaml',
  ]
    .map(read)
    .join('\n');
  const defined = [...rules.matchAll(/- alert: (\w+)[\s\S]*?severity: (page|ticket)/g)].map(
    ([, name, severity]) => `${name} ${severity}`,
  );
  expect(listed.sort()).toEqual(defined.sort());
});
