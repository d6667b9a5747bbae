/**
 * The fast path of a log call: a function generated for one shape, which checks that the arguments are of this shape and writes the frame.
 * It saves 78 of 117 ns against the general writer (4 fields, Node 24): keys, tags, offsets and the shape's caches are constants of its code.
 *
 * Order matters in it:
 * 1. keys are compared in order with `for in`: the exact own key list, or it is another shape (4–5 ns; `Object.keys` takes 44);
 * 2. every value is read once, before the ring is touched: a getter may log;
 * 3. nested values are encoded into memory of their own (codec/values/plain-values.ts), kinds are checked and texts resolved, which may write definitions;
 * 4. one comparison finds room; from here on nothing can fail and no foreign code runs;
 * 5. stores, then the commit.
 *
 * Each function gets a source text of its own: V8 lets functions of one text share what it knows of their closures, and then folds none of
 * their constants (43 → 56–87 ns, measured). Where the engine forbids code from strings, `generateWriter` throws and the general writer goes on serving.
 */

import { quoted } from '../../common/plain-json.ts';
import { uniqueText } from '../../common/specialise.ts';
import { WORD_HEAD, WORD_SEQUENCE } from '../../ring/layout.ts';
import { FAST_CLAIM_UNITS } from '../../ring/writer.ts';
import { LEVEL_MASK, LEVEL_SHIFT, TRACE_BIT } from '../head-word.ts';
import { HEADER_UNITS, TAG_REDACTED, TAG_TEXT, TAG_TEXT_ID, TAG_VALUE, TRACE_UNITS } from '../layout.ts';
import { type CopyTarget, copyPlain } from '../values/plain-memory.ts';
import type { Site } from '../values/plain-shape.ts';
import { holdsFields } from './arguments.ts';
import { type InlineTextWriter, MAX_INLINE_TEXT_UNITS, MAX_INLINE_UNITS } from './inline-text.ts';
import { copyLongText } from './long-text.ts';
import { NOT_MINE, type Outcome, REFUSED, WRITTEN } from './outcome.ts';
import type { FieldState, ListWriter, Shape, ShapeWriter } from './shape.ts';

/** Longest message, in UTF-16 units, that a writer with an inline message takes. */
export const MAX_INLINE_MESSAGE_UNITS = 200;

/** Everything a generated writer refers to. One object for each ring. */
export interface WriterEnvironment {
  readonly control: Int32Array;
  readonly limits: Int32Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  /** Trace id and span id of the active context, six i32. */
  readonly trace: Int32Array;
  /** Shared audit number (an i32 array with one element in use), or undefined where the ring numbers its own records. */
  readonly sharedSequence: { readonly words: Int32Array; readonly index: number } | undefined;
  /** Whether the commit must be an atomic store; see docs/decisions/plain-commit-store.md. */
  readonly atomicCommit: boolean;
  readonly readClock: () => bigint;
  readonly claimSlow: (head: number, units: number, levelRank: number) => number;
  /** Id of a text, -1: copy it, -2: too long for a fast frame. */
  readonly resolve: (field: FieldState, text: string) => number;
  readonly copyText: InlineTextWriter;
  /** Whether a text must go the general way, because it may hold a credential. Undefined: texts are not looked into. */
  readonly mayHoldSecrets: ((text: string) => boolean) | undefined;
  /** A text as it is written where it is too long for {@link copyText}, or may hold a credential; and the bytes that it takes. */
  readonly maskText: (text: string) => string;
  readonly byteLength: (text: string) => number;
  /** Encodes a nested value; see values/plain-values.ts. */
  readonly siteOf: (key: string) => Site;
  readonly beginValues: () => void;
  readonly writeValue: (value: unknown, from: number, site: Site) => number;
  /** The same of a value in a list: it may be an Error, or be judged by another place. */
  readonly writeListed: (value: unknown, from: number, site: Site) => number;
  /** Where nested values and long texts are copied to. */
  readonly copyTarget: CopyTarget;
  /** A value that was written, for the general writers. */
  readonly encoded: (start: number, end: number) => unknown;
  /** The record is longer than a frame of its shape may be. */
  readonly tooLong: (shape: Shape, head: number, values: unknown[], message: string) => Outcome;
  /** Units of the longest frame. */
  readonly maxUnits: number;
  /** Tag of a boolean, null or undefined. */
  readonly tagOf: (value: boolean | null | undefined) => number;
  /** Reading a value threw; those behind it are still {@link UNREAD}. Values must not be read twice: the general writers get those that were read. */
  readonly threw: (shape: Shape, head: number, fields: object, values: unknown[], error: unknown, message: string) => Outcome;
  /** A value was not of the kind that the writer was made for: widens the kind, and writes the record the general way. */
  readonly surprised: (shape: Shape, head: number, field: number, values: unknown[], message: string) => Outcome;
  /** The same of values in a list. */
  readonly surprisedByList: (shape: Shape, head: number, field: number, values: unknown[], message: string) => Outcome;
}

/** Stands where a value has not been read. */
export const UNREAD: unique symbol = Symbol('unread');

/** A writer of a shape: the fields as their caller has passed them, or their values as a list. Throws EvalError where code generation is forbidden. */
export function generateWriter(shape: Shape, environment: WriterEnvironment, from: 'fields'): ShapeWriter;
export function generateWriter(shape: Shape, environment: WriterEnvironment, from: 'list'): ListWriter;
export function generateWriter(shape: Shape, environment: WriterEnvironment, from: 'fields' | 'list'): ShapeWriter | ListWriter {
  const isList = from === 'list';
  const { fields, message } = shape;
  const firstSlot = message === null ? 1 : 0;
  const slots = fields.length + firstSlot;
  const slotUnit = (index: number) => `p + ${HEADER_UNITS + firstSlot + index}`;
  const tagAt = (index: number, tag: number) => tag << (4 * (index + firstSlot));

  let constantTags = message === null ? TAG_TEXT : 0;
  let inlineTexts = 0;
  let hasLong = false;
  const declared: string[] = [];
  const read: string[] = [];
  const check: string[] = [];
  const nested: string[] = [];
  const sites: Record<string, Site> = {};
  const store: string[] = [];
  const values = `[${fields.map((field, i) => (field.redacted ? 'undefined' : `v${i}`)).join(', ')}]`;
  const looksInto = (i: number) => (environment.mayHoldSecrets === undefined ? '' : ` || mayHoldSecrets(v${i})`);
  /** Nested values in front of `end` have been encoded: code of their user has run, and must not run again. */
  const valuesUpTo = (end: number) =>
    `[${fields.map((field, i) => (field.redacted ? 'undefined' : field.kind === 'value' && i < end ? `d${i} > b${i} && t${i} !== 'string' ? encoded(b${i}, d${i}) : v${i}` : `v${i}`)).join(', ')}]`;
  /** A text's id; or the text as it is copied with its bytes, which are claimed too. */
  const lookedUp = (i: number) => `{ d${i} = v${i} === f${i}.text ? f${i}.id : resolve(f${i}, v${i});
            if (d${i} === -2) { w${i} = maskText(v${i}); n${i} = byteLength(w${i}); longUnits += n${i} + 7 >> 3; } }`;
  const storedText = (i: number) => `if (d${i} >= 0) { words[(${slotUnit(i)}) * 2] = d${i}; tags |= ${tagAt(i, TAG_TEXT_ID)}; }
          else { tags |= ${tagAt(i, TAG_TEXT)};
            if (d${i} === -1) q = copyText(v${i}, q, ${slotUnit(i)});
            else { words[(${slotUnit(i)}) * 2] = n${i}; copyLongText(w${i}, n${i}, bytes, q * 8); q += n${i} + 7 >> 3; } }`;
  const surprised = (i: number) => `return surprised(shape, head, ${i}, ${values}, message);`;

  fields.forEach((field, i) => {
    if (field.redacted) {
      constantTags |= tagAt(i, TAG_REDACTED);
      return;
    }
    const slot = slotUnit(i);
    read.push(isList ? `v${i} = list[${i}];` : `v${i} = fields[${quoted(field.key)}];`);
    declared.push(`v${i} = unread`);
    switch (field.kind) {
      case 'number':
        check.push(`if (typeof v${i} !== 'number') ${surprised(i)}`);
        store.push(`doubles[${slot}] = v${i};`);
        break;
      case 'text-id':
        constantTags |= tagAt(i, TAG_TEXT_ID);
        check.push(`if (typeof v${i} !== 'string') ${surprised(i)}`);
        check.push(`let d${i} = f${i}.id; if (v${i} !== f${i}.text && (d${i} = resolve(f${i}, v${i})) < 0) ${surprised(i)}`);
        store.push(`words[(${slot}) * 2] = d${i};`);
        break;
      case 'text':
        constantTags |= tagAt(i, TAG_TEXT);
        inlineTexts++;
        check.push(`if (typeof v${i} !== 'string' || v${i}.length > ${MAX_INLINE_UNITS}${looksInto(i)}) ${surprised(i)}`);
        store.push(`q = copyText(v${i}, q, ${slot});`);
        break;
      case 'any':
        inlineTexts++;
        check.push(`const t${i} = typeof v${i}; let d${i} = 0;
          if (t${i} === 'string') { d${i} = v${i} === f${i}.text ? f${i}.id : resolve(f${i}, v${i}); if (d${i} === -2) ${surprised(i)} }
          else if (t${i} !== 'number' && t${i} !== 'boolean' && v${i} !== null && v${i} !== undefined) ${surprised(i)}`);
        store.push(`if (t${i} === 'number') doubles[${slot}] = v${i};
          else if (t${i} !== 'string') tags |= tagOf(v${i}) << ${4 * (i + firstSlot)};
          else if (d${i} >= 0) { words[(${slot}) * 2] = d${i}; tags |= ${tagAt(i, TAG_TEXT_ID)}; }
          else { q = copyText(v${i}, q, ${slot}); tags |= ${tagAt(i, TAG_TEXT)}; }`);
        break;
      case 'long':
        hasLong = true;
        inlineTexts++;
        check.push(`const t${i} = typeof v${i}; let d${i} = 0, n${i} = 0, w${i};
          if (t${i} === 'string') ${lookedUp(i)}
          else if (t${i} !== 'number' && t${i} !== 'boolean' && v${i} !== null && v${i} !== undefined) ${surprised(i)}`);
        store.push(`if (t${i} === 'number') doubles[${slot}] = v${i};
          else if (t${i} !== 'string') tags |= tagOf(v${i}) << ${4 * (i + firstSlot)};
          else ${storedText(i)}`);
        break;
      case 'value':
        hasLong = true;
        inlineTexts++;
        sites[`s${i}`] = environment.siteOf(field.key);
        check.push(`const t${i} = typeof v${i}; let b${i} = 0, d${i} = 0, n${i} = 0, w${i};
          if (t${i} === 'string') ${lookedUp(i)}`);
        nested.push(`if (t${i} !== 'string' && t${i} !== 'number' && t${i} !== 'boolean' && v${i} !== null && v${i} !== undefined) {
            b${i} = e; d${i} = writeValue(v${i}, e, s${i});
            if (d${i} < 0) return surprised(shape, head, ${i}, ${valuesUpTo(i)}, message);
            e = d${i} + 7 & -8; }`);
        store.push(`if (t${i} === 'number') doubles[${slot}] = v${i};
          else if (t${i} === 'boolean' || v${i} === null || v${i} === undefined) tags |= tagOf(v${i}) << ${4 * (i + firstSlot)};
          else if (t${i} !== 'string') { const n = d${i} - b${i}; words[(${slot}) * 2] = n; q = copyPlain(b${i} >> 3, n, ring, q); tags |= ${tagAt(i, TAG_VALUE)}; }
          else ${storedText(i)}`);
    }
  });
  const isNested = Object.keys(sites).length > 0;

  const mostUnits =
    HEADER_UNITS +
    slots +
    inlineTexts * MAX_INLINE_TEXT_UNITS +
    (message === null ? Math.ceil((MAX_INLINE_MESSAGE_UNITS * 3) / 8) : 0) +
    TRACE_UNITS +
    1; // copyText may store one word beyond a text
  const hasAny = fields.some(({ kind, redacted }) => (kind === 'any' || kind === 'long' || kind === 'value') && !redacted);
  const isSized = isNested || hasLong;
  const sequence =
    environment.sharedSequence === undefined
      ? `const sequence = control[${WORD_SEQUENCE}] + 1 | 0; control[${WORD_SEQUENCE}] = sequence;`
      : `control[${WORD_SEQUENCE}] = control[${WORD_SEQUENCE}] + 1 | 0;
         const sequence = Atomics.add(sharedWords, ${environment.sharedSequence.index}, 1) + 1 | 0;`;

  // A limit leaves room for FAST_CLAIM_UNITS behind it.
  const room = isSized
    ? `if (most > ${FAST_CLAIM_UNITS} ? p + most - ${FAST_CLAIM_UNITS} > limits[rank] : p > limits[rank]) { p = claimSlow(p, most, rank); if (p < 0) return ${REFUSED}; }`
    : `if (p > limits[rank]) { p = claimSlow(p, ${mostUnits}, rank); if (p < 0) return ${REFUSED}; }`;

  const source = `${uniqueText()}'use strict';
return function write(${isList ? 'list' : 'fields'}, head, message) {
  ${message === null ? `if (message.length > ${MAX_INLINE_MESSAGE_UNITS}) return ${NOT_MINE};` : ''}
  ${isList ? read.map((each) => `let ${each}`).join(' ') : keyCheck(fields)}
  ${isList ? '' : guardedReads(declared, read, values)}
  ${!isList && fields.length > 0 ? `if (prototypeOf(fields) !== plain && !holdsFields(fields)) return ${NOT_MINE};` : ''}
  ${hasLong ? 'let longUnits = 0;' : ''}
  ${isNested ? 'let e = 0; beginValues();' : ''}
  ${check.join('\n  ')}
  ${nested.join('\n  ')}
  ${isSized ? `const most = ${mostUnits}${hasLong ? ' + longUnits' : ''}${isNested ? ' + (e >> 3)' : ''}; if (most > ${environment.maxUnits}) return tooLong(shape, head, ${valuesUpTo(fields.length)}, message);` : ''}
  let p = control[${WORD_HEAD}];
  const rank = head >> ${LEVEL_SHIFT} & ${LEVEL_MASK};
  ${room};
  nanos[p + 1] = readClock();
  let q = p + ${HEADER_UNITS + slots};
  ${hasAny ? 'let tags = 0;' : ''}
  ${message === null ? `q = copyText(message, q, p + ${HEADER_UNITS});` : ''}
  ${store.join('\n  ')}
  if ((head & ${TRACE_BIT}) !== 0) {
    const w = q * 2;
    words[w] = trace[0]; words[w + 1] = trace[1]; words[w + 2] = trace[2]; words[w + 3] = trace[3]; words[w + 4] = trace[4]; words[w + 5] = trace[5];
    q += ${TRACE_UNITS};
  }
  words[p * 2] = head | (q - p);
  words[p * 2 + 1] = shape.id;
  ${sequence}
  words[p * 2 + 4] = sequence;
  words[p * 2 + 5] = ${hasAny ? `tags | ${constantTags}` : constantTags};
  ${environment.atomicCommit ? `Atomics.store(control, ${WORD_HEAD}, q);` : `control[${WORD_HEAD}] = q;`}
  return ${WRITTEN};
}`;
  const { control, limits, words, doubles, nanos, trace, sharedSequence, readClock, claimSlow, resolve, copyText, tagOf } =
    environment;
  const constants: Record<string, unknown> = {
    shape,
    control,
    limits,
    words,
    doubles,
    nanos,
    trace,
    sharedWords: sharedSequence?.words,
    readClock,
    claimSlow,
    resolve,
    copyText,
    tagOf,
    mayHoldSecrets: environment.mayHoldSecrets,
    beginValues: environment.beginValues,
    writeValue: isList ? environment.writeListed : environment.writeValue,
    maskText: environment.maskText,
    byteLength: environment.byteLength,
    bytes: environment.copyTarget.bytes,
    encoded: environment.encoded,
    tooLong: environment.tooLong,
    copyPlain,
    copyLongText,
    ring: environment.copyTarget,
    surprised: isList ? environment.surprisedByList : environment.surprised,
    threw: environment.threw,
    unread: UNREAD,
    isOwn: Object.prototype.hasOwnProperty,
    plain: Object.prototype,
    prototypeOf: Object.getPrototypeOf,
    isArray: Array.isArray,
    holdsFields,
    ...Object.fromEntries(fields.map((field, i) => [`f${i}`, field])),
    ...sites,
  };
  return new Function(...Object.keys(constants), source)(...Object.values(constants)) as ShapeWriter | ListWriter;
}

/** Costs nothing while nothing throws (measured): the engine knows that loads of plain properties do not. */
function guardedReads(declared: readonly string[], read: readonly string[], values: string): string {
  if (read.length === 0) return '';
  return `let ${declared.join(', ')};
  try { ${read.join(' ')} } catch (error) { return threw(shape, head, fields, ${values}, error, message); }`;
}

/**
 * The exact own keys in this order, or `return NOT_MINE`. An array is not even asked for its keys, which may be millions; other objects are checked after the
 * reads, where the engine knows their layout and so their prototype (0 ns there, 6 here). Without keys, the argument must be absent: an Error has no keys of
 * its own either.
 */
function keyCheck(fields: readonly FieldState[]): string {
  if (fields.length === 0) return `if (fields !== undefined) return ${NOT_MINE};`;
  const cases = fields.map(
    ({ key }, i) => `case ${i}: if (k !== ${quoted(key)} || !isOwn.call(fields, k)) return ${NOT_MINE}; break;`,
  );
  return `if (typeof fields !== 'object' || fields === null || isArray(fields)) return ${NOT_MINE};
  let i = 0;
  for (const k in fields) { switch (i++) { ${cases.join(' ')} default: return ${NOT_MINE}; } }
  if (i !== ${fields.length}) return ${NOT_MINE};`;
}
