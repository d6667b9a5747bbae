/** Values that get cut, and what may be left of them. */
import fc from 'fast-check';
import { expect } from 'vitest';

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 50, maxLength: 400 }),
  fc.string({ unit: 'binary-ascii', minLength: 90, maxLength: 300 }),
  // What looks like a mark, but was part of the text.
  fc.tuple(fc.string({ maxLength: 200 }), fc.nat(99)).map(([front, count]) => `${front}…[+${count} characters]`),
  fc.nat(99).map((count) => `[+${count} elements]`),
);
const leaf = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
  fc.constantFrom(null, true, false, undefined),
  fc.bigInt({ max: 10n ** 150n, min: -(10n ** 90n) }),
  fc.uint8Array({ maxLength: 200 }),
);
const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('qty'), fc.string({ minLength: 60, maxLength: 120 }));
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('array'), tie('map'), tie('table')),
  array: fc.array(tie('value'), { maxLength: 12 }),
  map: fc.dictionary(key, tie('value'), { maxKeys: 12 }),
  table: fc.oneof(
    fc.array(fc.double({ noNaN: true }), { minLength: 8, maxLength: 120 }),
    fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9.]{0,12}$/), fc.stringMatching(/^[a-z0-9.]{1,9}$/)), {
      minLength: 4,
      maxLength: 60,
    }),
    fc.array(fc.stringMatching(/^[a-z0-9.]{0,12}$/), { minLength: 8, maxLength: 60 }),
    // More than is ever written: cut once before.
    fc.integer({ min: 990, max: 1_100 }).map((length) => Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]))),
    fc.integer({ min: 990, max: 1_100 }).map((length) => Array.from({ length }, (_, i) => `${i}`.padEnd(i % 50, ':'))),
    fc.nat(200).map((length) => Float64Array.from({ length }, (_, i) => i / 4)),
  ),
}));

/** Any value that travels, from a number to some hundred elements in one another. */
export const value: fc.Arbitrary<unknown> = anyValue;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/**
 * Throws unless `shown` is `whole`, or the beginning of it with a mark that is right. `isOver`: there may be no room at all for an object, array or bytes, behind a
 * long key.
 */
export function expectCut(shown: unknown, whole: unknown, isOver = false): void {
  if (isOver && shown === '[cut]' && Object(whole) === whole) return;
  if (ArrayBuffer.isView(whole) && !(whole instanceof Uint8Array))
    return expectCut(shown, Array.from(whole as Float64Array), isOver);
  if (typeof whole === 'string' && shown !== whole) {
    const [, front, missing] = /^([\s\S]*)…\[\+(\d+) characters\]$/.exec(String(shown)) ?? [];
    expect(whole.toWellFormed().startsWith(front)).toBe(true);
    expect(front.length + Number(missing)).toBe(whole.length);
  } else if (whole instanceof Uint8Array && typeof shown === 'string') expect(shown).toBe(`[${whole.length} bytes]`);
  else if (typeof whole === 'bigint' && typeof shown === 'string') {
    // Written where there is little room, it is a text, and cut as one.
    if (shown !== `[bigint of ${`${whole}`.length} digits]`) expectCut(shown, `${whole}`);
  } else if (Array.isArray(whole)) {
    const items = shown as unknown[];
    const last = items.at(-1);
    const mark = `[+${whole.length - items.length + 1} elements]`;
    const isCut = last === mark && !(items.length === whole.length && whole.at(-1) === mark);
    const kept = isCut ? items.slice(0, -1) : items;
    if (!isCut) expect(items).toHaveLength(whole.length);
    for (const [i, item] of kept.entries()) expectCut(item, whole[i], isOver);
  } else if (isObject(whole) && !(whole instanceof Uint8Array)) {
    const { '…': rest, ...map } = shown as Record<string, unknown>;
    const kept = Object.keys(map);
    const missing = Object.keys(whole).length - kept.length;
    expect(rest).toBe(missing > 0 ? `[+${missing} entries]` : undefined);
    for (const each of kept) expectCut(map[each], (whole as Record<string, unknown>)[each], isOver);
  } else if (whole instanceof Uint8Array) expect(Buffer.from(shown as Uint8Array)).toEqual(Buffer.from(whole));
  else expect(shown).toEqual(typeof whole === 'string' ? whole.toWellFormed() : whole);
}
