import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('where code generation is forbidden, everything counts the same', () => {
  const script = fileURLToPath(new URL('./support/count-everything.ts', import.meta.url));
  const run = (...flags: string[]) =>
    JSON.parse(execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' })) as unknown;
  const forbidden = run('--disallow-code-generation-from-strings');
  expect(forbidden).toEqual(run());
  expect(forbidden).toMatchObject({
    orders_total: [{ tags: 'mexc', value: 2000 }],
    x_duration_us: [{ tags: 'mexc', value: 2000 }],
  });
});
