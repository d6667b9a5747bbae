/**
 * Prometheus' own reading of a page.
 */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { executable } from '../../scripts/servers/versions.ts';

/** Fails if `promtool check metrics` cannot read the page. That it would name some metrics otherwise is no failure: they have the names that users gave. */
export async function expectReadable(page: string): Promise<void> {
  const child = spawn(executable('prometheus', 'promtool'), ['check', 'metrics']);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stdin.end(page);
  // 3: it would name some of them otherwise. 1: it cannot read the page.
  expect([0, 3], output).toContain(await code);
  expect(output).not.toMatch(/error|invalid/i);
}
