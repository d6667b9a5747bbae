/**
 * Reading logs: whatever the chunks, the filter and the file are, what is found is what a reader of every line would have found.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { LineSplitter, MAX_LINE_BYTES } from '../../../src/cli/records/blocks.ts';
import { fileChunks } from '../../../src/cli/records/chunks.ts';
import { filterOf } from '../../../src/cli/records/filter.ts';
import { parseLine } from '../../../src/cli/records/log-line.ts';
import { matchesInBlock } from '../../../src/cli/records/matches.ts';
import { momentNanos } from '../../../src/cli/records/moment.ts';
import { showFor } from '../../../src/cli/records/show.ts';
import { lastLineEnd, lastMatches } from '../../../src/cli/tail/last.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-records-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Texts of few characters, so that they meet. */
const word = fc.stringMatching(/^[ab17 .:"\\/<é,}-]{0,4}$/);
const value = fc.oneof(
  word,
  fc.integer({ min: -20, max: 20 }),
  fc.boolean(),
  fc.constant(null),
  fc.record({ c: word }),
  fc.array(word, { maxLength: 2 }),
);
const record = fc.record({
  level: fc.constantFrom('debug', 'info', 'warning', 'error', 30, 50),
  logger: fc.constantFrom('a.b', 'a.c', 'b'),
  tags: fc.array(fc.constantFrom('a', '1', 'a b'), { maxLength: 2 }),
  msg: word,
  a: value,
  b: value,
});
/** JSON as other writers may write it: blanks, and escapes that JSON.stringify does not use. */
const written = fc.tuple(record, fc.nat(3)).map(([members, style]) => {
  const json = JSON.stringify(members);
  if (style === 1) return JSON.stringify(members, null, 1).replaceAll('\n', ' ');
  if (style === 2)
    return json
      .replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .replaceAll('/', '\\/')
      .replaceAll('<', '\\u003c');
  return json;
});
const line = fc.oneof({ weight: 8, arbitrary: written }, { weight: 1, arbitrary: word.map((text) => text.replace(/^\{/, '')) });
const options = fc.record(
  {
    level: fc.constantFrom('info', 'warn', 'error'),
    logger: fc.constantFrom('a.b', 'a.*', '*', 'b'),
    tag: fc.array(fc.constantFrom('a', '1', 'a b'), { minLength: 1, maxLength: 2 }),
    field: fc.array(
      fc
        .tuple(
          fc.constantFrom('a', 'b', 'msg', 'a.c'),
          fc.constantFrom('=', '!=', '~'),
          fc.oneof(word, fc.integer({ min: -20, max: 20 }).map(String)),
        )
        .map((parts) => parts.join('')),
      { minLength: 1, maxLength: 2 },
    ),
    grep: fc.array(word, { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: [] },
);

describe('filters', () => {
  test('searching bytes first finds exactly what looking at every line finds', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), options, (lines, values) => {
        const filter = filterOf(values);
        const block = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const wanted = lines.filter((text) => text !== '' && filter.matches(text, parseLine(text)));
        expect(matchesInBlock(block, filter).map(({ text }) => text)).toEqual(wanted);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['order_id=17', true],
    ['order_id=1', false],
    ['order_id!=1', true],
    ['qty>=0.5', true],
    ['qty>0.5', false],
    ['qty<1', true],
    ['user.id=7', true],
    ['user.id=8', false],
    ['msg~fused', true],
    ['ok=true', true],
    ['none=', true],
    ['none~x', false],
  ])('--field %s: %s', (field, passes) => {
    const text = '{"level":"info","msg":"refused","order_id":17,"qty":0.5,"user":{"id":"7"},"ok":true}';
    expect(filterOf({ field: [field] }).matches(text, parseLine(text))).toBe(passes);
  });

  test.each([
    [{ field: ['order'] }],
    [{ field: ['qty>much'] }],
    [{ since: 'yesterday' }],
    [{ until: '25:99' }],
    [{ level: 'loud' }],
  ])('%j is refused with what was expected', (values) => {
    expect(() => filterOf(values)).toThrow(UsageError);
    expect(() => filterOf(values)).toThrow(/expected|compares/);
  });

  test('times: ago, of day, date, with a zone', () => {
    const now = new Date(2026, 10, 23, 12, 0, 0).getTime();
    const at = (text: string) => Number(momentNanos('since', text, now) / 1_000_000n);
    expect(at('10m')).toBe(now - 600_000);
    expect(at('1.5h')).toBe(now - 5_400_000);
    expect(at('11:30')).toBe(new Date(2026, 10, 23, 11, 30).getTime());
    expect(at('2026-11-22')).toBe(new Date(2026, 10, 22).getTime());
    expect(at('2026-11-23T01:00:00Z')).toBe(Date.UTC(2026, 10, 23, 1));
  });

  test('nanoseconds decide at the border', () => {
    const text = '{"time":"2026-11-23T12:34:56.123456789Z","msg":"x"}';
    expect(parseLine(text)?.timeUnixNanos).toBe(BigInt(Date.UTC(2026, 10, 23, 12, 34, 56)) * 1_000_000n + 123_456_789n);
    expect(filterOf({ until: '2026-11-23T12:34:56.123Z' }).matches(text, parseLine(text))).toBe(false);
  });
});

describe('lines', () => {
  test('every line comes once and whole, whatever the chunks are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '\n') }),
        fc.array(fc.integer({ min: 1, max: 5 })),
        (text, sizes) => {
          const bytes = Buffer.from(text);
          const splitter = new LineSplitter(() => expect.unreachable());
          const blocks: string[] = [];
          const take = (block: Buffer) => {
            expect(block.at(-1)).toBe(0x0a);
            blocks.push(block.toString());
          };
          let at = 0;
          for (const size of [...sizes, bytes.length]) {
            const chunk = Buffer.from(bytes.subarray(at, at + size));
            for (const block of splitter.push(chunk)) take(block);
            chunk.fill(0x7a); // its memory is used again
            at += size;
          }
          expect(blocks.join('') + (splitter.end()?.toString() ?? '')).toBe(text);
        },
      ),
    );
  });

  test('a line beyond the limit is left out and told once, and the next one is there', () => {
    let told = 0;
    const splitter = new LineSplitter(() => told++);
    const mebibyte = Buffer.alloc(1_048_576, 'x');
    const blocks = [
      Buffer.from('a\n'),
      ...Array<Buffer>(2 * (MAX_LINE_BYTES / mebibyte.length)).fill(mebibyte),
      Buffer.from('x\nb\n'),
    ].flatMap((chunk) => splitter.push(chunk));
    expect(blocks.map(String)).toEqual(['a\n', 'b\n']);
    expect(told).toBe(1);
  });

  test('read backwards, the last lines are those of reading forwards', async () => {
    const path = join(directory, 'last.log');
    const filter = filterOf({});
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 150_000 }), { maxLength: 12 }),
        fc.integer({ min: 0, max: 14 }),
        fc.boolean(),
        async (lengths, most, isEnded) => {
          const lines = lengths.map((length, i) => `${i} ${'x'.repeat(length)}`);
          writeFileSync(path, lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));
          const handle = await open(path);
          const { size } = await handle.stat();
          const found = await lastMatches(handle, size, { filter, most, onLongLine: () => expect.unreachable() });
          expect(found.map(({ text }) => text)).toEqual(most === 0 ? [] : lines.slice(-most));
          expect(await lastLineEnd(handle, size)).toBe(readFileSync(path).lastIndexOf(0x0a) + 1);
          await handle.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a part of a file is read from and to the byte', async () => {
    const path = join(directory, 'part.log');
    writeFileSync(path, 'x'.repeat(9_000_000));
    const handle = await open(path);
    let total = 0;
    for await (const chunk of fileChunks(handle, 1_000, 8_500_000)) total += chunk.length;
    expect(total).toBe(8_499_000);
    await handle.close();
  });
});

describe('levels', () => {
  test.each<[string, string[]]>([
    ['trace', ['trace', 'TRACE', 'silly']],
    ['debug', ['debug', 'http', 'verbose']],
    ['info', ['info', 'Info', 'notice', 'log', 'unknown']],
    ['warning', ['warn', 'warning', 'WARN', 'Warning']],
    ['error', ['error', 'ERROR', 'err']],
    ['fatal', ['fatal', 'crit', 'critical', 'CRITICAL', 'alert', 'emerg', 'emergency']],
  ])('lines at least as severe as %s are found, whichever logger has named the level', (level, names) => {
    for (const member of ['level', 'severity']) {
      for (const name of names) {
        const text = JSON.stringify({ [member]: name, msg: 'down' });
        expect([name, parseLine(text)?.level]).toEqual([name, level]);
        expect(filterOf({ level }).matches(text, parseLine(text))).toBe(true);
      }
    }
  });
});

describe('what is shown', () => {
  const show = (text: string) => showFor({}, new PassThrough())({ text, line: parseLine(text) });

  test('nothing in a line can move the cursor or look like another line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ noUnicodeString: false })), (text) => {
        expect(show(text).slice(0, -1)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  test('lines of pino read like our own', () => {
    expect(show('{"level":40,"time":1795437296123,"pid":7,"name":"gateway","msg":"late","ack_us":812.5}')).toMatch(
      /^\d\d:\d\d:56\.123 WARN {2}gateway +late +pid=7 ack=812\.5µs\n$/,
    );
  });
});
