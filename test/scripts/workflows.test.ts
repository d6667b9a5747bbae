/** The workflows of the forge agree with package.json. Their syntax is checked by actionlint: `npm run lint:workflows`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { engines, scripts, dependencies } = JSON.parse(text('package.json'));
const ci = parse(text('.github/workflows/ci.yml'));
const release = parse(text('.github/workflows/release.yml'));

test('CI runs on three systems, with the oldest Node of `engines` first', () => {
  const { os, node } = ci.jobs.test.strategy.matrix;
  expect(os).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest']);
  expect(`>=${node[0]}`).toBe(engines.node);
});

test('each script that a workflow runs is there', () => {
  const steps = [ci, release].flatMap(({ jobs }) =>
    Object.values<{ steps: { run?: string }[] }>(jobs).flatMap(({ steps }) => steps),
  );
  const named = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(scripts, name).toHaveProperty(name);
});

test('a release has provenance and no token, and workflows may write nothing by default', () => {
  expect(release.permissions).toEqual({ contents: 'read' });
  expect(ci.permissions).toEqual({ contents: 'read' });
  expect(release.jobs.publish.permissions['id-token']).toBe('write');
  expect(text('.github/workflows/release.yml')).toContain('npm publish --provenance');
  expect(text('.github/workflows/release.yml')).not.toContain('secrets.');
});

test('updates of OpenTelemetry come in one group', () => {
  const { updates } = parse(text('.github/dependabot.yml'));
  const { groups } = updates.find((each: { 'package-ecosystem': string }) => each['package-ecosystem'] === 'npm');
  expect(groups.opentelemetry.patterns).toEqual(['@opentelemetry/*']);
  expect(Object.keys(dependencies).some((name) => name.startsWith('@opentelemetry/'))).toBe(true);
});
