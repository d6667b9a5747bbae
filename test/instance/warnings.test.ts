import { expect, test } from 'vitest';
import { Warnings } from '../../src/instance/warnings.ts';

test('warnings that differ only in names and numbers do not crowd out others; the last one that is shown says so', () => {
  const warnings = new Warnings('none', ['of the configuration']);
  for (let n = 0; n < 100; n++) warnings.note(`Metric "name ${n}" was given 1${n}.`);
  for (let n = 0; n < 2; n++) warnings.note('The backend otlp has failed.');
  expect(warnings.all).toHaveLength(10);
  expect(warnings.all[8]).toBe('Metric "name 7" was given 17. Further warnings like this one are not shown.');
  expect(warnings.all[9]).toBe('The backend otlp has failed.');
});
