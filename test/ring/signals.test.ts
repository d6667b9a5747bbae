import { expect, test } from 'vitest';
import * as signals from '../../src/memory/signals.ts';

test('each word of the signals has one meaning', () => {
  const indices = Object.entries(signals).filter(([name, value]) => name.startsWith('SIGNAL_') && typeof value === 'number');
  expect(indices.length).toBeGreaterThan(8);
  expect(new Set(indices.map(([, index]) => index)).size).toBe(indices.length);
});
