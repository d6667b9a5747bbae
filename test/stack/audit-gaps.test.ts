// Rules of Loki that look for missing audit numbers, asked while audit flows: their parts are not asked for at once, and what arrives between two of them is no gap.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIG } from '../../scripts/servers/run.ts';
import { queryLoki } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { type Service, startService } from './service.ts';
import { eventually, testFolder } from './support.ts';

const ANSWERS = 30;
const folder = testFolder('audit-gaps');
let stack: Stack;
let service: Service;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
  service = startService({
    config: { service: { name: 'flowing' }, backends: { otlp: { endpoint: stack.otlpUrl } } },
    logsPerSecond: 0,
    // Loki answers a query with 2,000 series at most, each number of two minutes is one. Its own rules have no limit.
    auditsPerSecond: 12,
  });
});

afterAll(async () => {
  await service?.kill();
  await stack?.stop();
  folder.remove();
});

const { groups } = parse(readFileSync(join(CONFIG, 'rules/loki/fake/audit.yaml'), 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly expr: string }[] }[];
};
const missing = groups.flatMap(({ rules }) => rules).filter(({ record }) => record?.startsWith('hft_audit_missing'));

test('these are both of them', () => expect(missing.length).toBe(2));

test.each(missing)(
  '$record: audit that is still arriving is never called a gap',
  async ({ expr }) => {
    const answers: number[] = [];
    await eventually(
      `${ANSWERS} answers`,
      async () => {
        const { series } = await queryLoki(stack.lokiUrl, expr);
        answers.push(...series.map(({ samples }) => samples[0]!.value));
        return answers.length >= ANSWERS ? true : undefined;
      },
      150_000,
    );
    // Below 0 where a request was sent twice: of ten minutes, records are counted and not numbers.
    expect(answers.filter((value) => value > 0)).toEqual([]);
  },
  160_000,
);
