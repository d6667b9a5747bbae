/**
 * Somebody prints an instance, by mistake or in a debugger: a few lines, without memory and without credentials.
 */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';

test('an instance that is printed shows neither its memory nor its credentials', async () => {
  await using logging = createLogging({
    backends: { otlp: { endpoint: 'http://127.0.0.1:1', headers: { authorization: 'Bearer hush' } } },
    handleExits: false,
    exitTimeoutMillis: 100,
  });
  for (const printed of [inspect(logging, { depth: 8 }), JSON.stringify(logging)]) {
    expect(printed.length).toBeLessThan(2_000);
    expect(printed).not.toContain('hush');
    expect(printed).not.toContain('Int32Array');
  }
});
