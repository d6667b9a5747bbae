import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldNames } from '../../src/encoders/field-names.ts';
import { mergeFields } from '../../src/encoders/merged-fields.ts';
import type { Lane } from '../../src/record.ts';

const OWN = {
  logs: ['time', 'level', 'severity_text', 'logger', 'msg', 'event', 'tags', 'trace_id', 'span_id', 'seq', '…'],
  audit: ['time', 'audit_seq', 'event', 'run', 'logger', 'trace_id', 'span_id', 'seq', '…'],
};
const lane = fc.constantFrom<Lane>('logs', 'audit');

test('fields with the names of a line’s own members get underscores, as few as make every name one of a kind', () => {
  const name = fc.constantFrom(...OWN.logs, ...OWN.audit, 'symbol', 'seq_', 'seq__', 'run_', 'time_', 'event__');
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), lane, fc.boolean(), (keys, lane, showsRun) => {
      const own = [...OWN[lane], ...(showsRun ? ['run'] : [])];
      const names = fieldNames(keys, lane, showsRun);
      expect(new Set(names).size).toBe(keys.length);
      keys.forEach((key, i) => {
        if (!own.includes(key)) {
          expect(names[i]).toBe(key);
          return;
        }
        expect(names[i]).toMatch(new RegExp(`^${key}_+$`));
        for (let shorter = `${key}_`; shorter !== names[i]; shorter += '_') {
          expect([...keys, ...names.slice(0, i)], `${shorter} was free`).toContain(shorter);
        }
      });
    }),
    { numRuns: 1_000 },
  );
});

describe('attributes of a scope and fields of a record become one list', () => {
  const OWN_OF_AUDIT = ['event.name', 'hft.audit', 'hft.audit.seq'];
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'event.name', 'hft.audit.seq');

  test('a later value of a name wins; what is beyond the limit, and what did not reach the dictionary, is counted', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 4 }),
        fc.array(key, { maxLength: 6 }),
        lane,
        fc.constantFrom(0, 1, 2, 3, 4, Number.POSITIVE_INFINITY),
        fc.constantFrom(0, 3),
        (context, keys, lane, attributeLimit, beforeCount) => {
          const attributes = Object.fromEntries(context.map((each) => [each, `context ${each}`]));
          const scope = { name: 's', tags: [], attributes, ...(beforeCount > 0 && { droppedAttributesCount: beforeCount }) };
          const merged = mergeFields(scope, { message: 'm', keys }, { lane, attributeLimit });

          const values = new Map<string, string>();
          for (const each of context) values.set(each, `context ${each}`);
          keys.forEach((each, i) => {
            values.set(each, `field ${i}`);
          });
          const kept = [...values].slice(0, attributeLimit).filter(([each]) => lane === 'logs' || !OWN_OF_AUDIT.includes(each));
          const written = keys.flatMap((each, i) => (merged.isWritten[i] ? [[each, `field ${i}`]] : []));
          expect([...merged.attributes, ...written].sort()).toEqual(kept.sort());
          expect(merged.isWritten).toHaveLength(keys.length);
          expect(merged.dropped).toBe(Math.max(0, values.size - attributeLimit) + beforeCount);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
