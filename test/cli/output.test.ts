/**
 * What the command prints is aligned, and a status line never wraps, whatever the numbers and the terminal are.
 */
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, count, micros, nanos, percent } from '../../src/cli/numbers.ts';
import type { Paint } from '../../src/cli/paint.ts';
import { statusLine } from '../../src/cli/status-line.ts';
import { renderTable } from '../../src/cli/table.ts';

const plain: Paint = (_, text) => text;
const coloured: Paint = (_, text) => `\u001b[1m${text}\u001b[22m`;

/** A stream that keeps what is written, as wide as asked. */
function terminal(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) } as unknown as WriteStream;
  return { stream, written };
}

const PROGRESS = { elapsedSeconds: 4.25, records: 21_034, orders: 168, fills: 41, dropped: 0, ringFill: 0.004 };

describe('numbers', () => {
  test.each([
    [count(52_310), '52,310'],
    [bytes(0), '0 B'],
    [bytes(999), '999 B'],
    [bytes(7_098_571), '7.10 MB'],
    [nanos(61.4), '61 ns'],
    [nanos(1_234), '1.23 µs'],
    [nanos(123_400), '123 µs'],
    [micros(1_500), '1.50 ms'],
    [percent(0.0123), '1.2 %'],
  ])('%s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe('tables', () => {
  test('text left, figures right, under a rule', () => {
    expect(
      renderTable(
        {
          head: ['Calls', 'made'],
          rows: [
            ['log calls', '52,310'],
            ['audit', '7'],
          ],
        },
        plain,
      ),
    ).toEqual([
      'Calls                          made',
      '─'.repeat(78),
      'log calls                    52,310',
      'audit                             7',
    ]);
  });

  test('colours take no room', () => {
    const table = {
      head: ['A', 'b'],
      rows: [
        ['x', coloured('bold', '10')],
        ['y', '2'],
      ],
    };
    expect(renderTable(table, coloured).map(stripVTControlCharacters)).toEqual(
      renderTable(
        {
          head: ['A', 'b'],
          rows: [
            ['x', '10'],
            ['y', '2'],
          ],
        },
        plain,
      ),
    );
  });

  test('a table of any content fits a terminal of any width: no line is longer, and what is shown of a figure is all of it', () => {
    const cell = fc.stringMatching(/^[a-z0-9,.µ]{0,14}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 120 }),
        (rows, columns) => {
          const head = ['Title', 'one', 'two', 'three', 'four'];
          const lines = renderTable({ head, rows, dispensable: [2] }, coloured, columns).map(stripVTControlCharacters);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
          const shown = head.slice(1).filter((title) => lines[0].split(' ').includes(title));
          rows.forEach((row, i) => {
            for (const title of shown) expect(` ${lines[i + 2]} `).toContain(` ${row[head.indexOf(title)]}`);
          });
        },
      ),
    );
  });

  test('80 columns have room for the table of backends, whatever they have delivered', () => {
    const row = ['file', '1,234,567,890', '1,234,567', '12,345', '1,234', '1.23 GB', 'degraded'];
    const lines = renderTable(
      {
        head: ['Backends', 'delivered', 'dropped', 'waiting', 'retries', 'bytes', 'state'],
        rows: [row],
        left: [6],
        dispensable: [4, 5],
      },
      plain,
      80,
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[2].split(/ +/).slice(0, 4)).toEqual(row.slice(0, 4));
  });

  test('short rows and cells of any length keep the columns', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.stringMatching(/^[a-zµ]{0,30}$/), { maxLength: 3 }), { maxLength: 5 }), (rows) => {
        const lines = renderTable({ head: ['Title', 'one', 'two'], rows }, plain);
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(lines[1].length);
      }),
    );
  });
});

describe('status', () => {
  test('on a terminal one line is drawn over and over, and erased at the end', () => {
    const { stream, written } = terminal(true, 120);
    const status = statusLine(stream, 10, plain);
    status.update(PROGRESS);
    status.update(PROGRESS);
    status.end();
    expect(written.join('')).not.toContain('\n');
    expect(written[0]).toContain('21,034 records');
    expect(written[0]).toContain('━━━━━━━━━───────────');
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  test('it never fills a line of the terminal, so it never wraps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(1e9), fc.nat(86_400), (columns, records, total) => {
        const { stream, written } = terminal(true, columns);
        statusLine(stream, total, coloured).update({ ...PROGRESS, records, dropped: records });
        expect(stripVTControlCharacters(written[0]).replace('\r', '').length).toBeLessThan(Math.max(columns, 3));
      }),
    );
  });

  test('80 columns have room for every figure and a bar', () => {
    const { stream, written } = terminal(true, 80);
    statusLine(stream, 10, plain).update(PROGRESS);
    expect(written[0]).toMatch(/━+─+ .* ring +0\.4 %$/);
  });

  test('piped there is a plain line a second', () => {
    const { stream, written } = terminal(false);
    const status = statusLine(stream, 10, plain);
    for (let tenths = 0; tenths <= 50; tenths++) status.update({ ...PROGRESS, elapsedSeconds: tenths / 10 - 0.002 });
    status.end();
    expect(written.pop()).toBe('\n');
    expect(written).toHaveLength(5);
    for (const line of written) expect(line).toMatch(/^ {3,}\d\.\d s .* ring +0\.4 %\n$/);
  });
});
