/**
 * Anything can be thrown. Every place that shows what was thrown does it with `errorText`; here are those in which a foreign value can be caused.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Secrets } from '../../src/adapters/ccxt/secrets.ts';
import { Endpoints } from '../../src/backends/otlp/endpoints.ts';
import { reasonOf } from '../../src/cli/records/chunks.ts';
import { errorText } from '../../src/common/error-text.ts';
import { oneLine } from '../../src/common/one-line.ts';
import { ask } from '../../src/control/client.ts';
import { STATUS_PATH } from '../../src/control/protocol.ts';
import { ControlServer } from '../../src/control/server.ts';
import { PROBE_PATH } from '../../src/page/protocol.ts';
import { PageServer } from '../../src/page/server.ts';
import { shortLine } from '../../src/page/short-line.ts';
import { shown } from '../../src/settings/problems.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-error-text-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const unreadable = {
  get message(): string {
    throw new Error('not now');
  },
};

const circular: Record<string, unknown> = {};
circular.self = circular;

/** What is thrown, and what a person reads. */
const THROWN: readonly [what: string, thrown: unknown, text: string][] = [
  ['an error', new Error('the disk is full'), 'the disk is full'],
  ['an error without a message', new TypeError(), 'TypeError'],
  ['an error without a message and a name', Object.assign(new Error(), { name: '' }), 'Error'],
  ['a text', 'the disk is full', 'the disk is full'],
  ['an empty text', '', 'An empty text was thrown.'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a number', 17, '17'],
  ['a symbol', Symbol('closed'), 'Symbol(closed)'],
  ['an object with a message', { message: 'the disk is full' }, 'the disk is full'],
  ['an object without a message', { code: -1121, note: 'invalid symbol' }, '{"code":-1121,"note":"invalid symbol"}'],
  ['an object whose message is no text', { message: 5 }, '{"message":5}'],
  ['an object without a prototype', Object.assign(Object.create(null), { code: 7 }), '{"code":7}'],
  ['an object with a text of its own', new URL('http://host/x'), 'http://host/x'],
  ['an array', ['a', { b: 1 }], '["a",{"b":1}]'],
  ['an object that contains itself', circular, 'An error that cannot be shown.'],
  ['an object that cannot be read', unreadable, 'An error that cannot be shown.'],
];

function statusOf(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

let sockets = 0;

/** Each place: from what was thrown to what it shows. */
const PLACES: Readonly<Record<string, (thrown: unknown) => string | Promise<string>>> = {
  'the control socket': async (thrown) => {
    const server = await ControlServer.open({
      directory: join(directory, `${sockets++}`),
      service: 'gateway',
      status: statusOf(thrown),
      levels: undefined as never,
      page: undefined as never,
    });
    try {
      return await ask(server.path, 'GET', STATUS_PATH).then(String, (refused: Error) =>
        refused.message.slice(`${server.path}: `.length),
      );
    } finally {
      server.close();
    }
  },
  'the page': async (thrown) => {
    const page = await PageServer.open({
      host: '127.0.0.1',
      allowedHosts: [],
      port: 0,
      token: 'a-token-of-a-test-0123456789',
      status: statusOf(thrown),
      levels: undefined as never,
      records: undefined as never,
    });
    try {
      return await new Promise<string>((resolve, reject) => {
        get(new URL(PROBE_PATH, page.url), { agent: false }, (response) => {
          let body = '';
          response.on('data', (chunk) => (body += chunk));
          response.on('end', () => resolve(JSON.parse(body).error));
        }).on('error', reject);
      });
    } finally {
      page.close();
    }
  },
  "the outcome of a collector's address": async (thrown) => {
    const outcome = await new Endpoints([{ url: 'http://a', write: () => Promise.reject(thrown) }]).write(undefined);
    return (outcome as { message: string }).message;
  },
  'a file that cannot be read': (thrown) => reasonOf(thrown),
};

describe.each(Object.entries(PLACES))('%s', (_, shown) => {
  test.each(THROWN)('shows a person %s', async (_what, thrown, text) => {
    expect(await shown(thrown)).toBe(text);
  });
});

test.each(THROWN.filter(([, thrown]) => !(thrown instanceof Error)))('fields of an exchange show %s', (_what, thrown, text) => {
  expect(new Secrets({}).error(thrown)).toEqual({ 'exception.message': text });
});

describe('an error as one line', () => {
  test('has its cause, and no credential', () => {
    const cause = new Error('connect ECONNREFUSED https://u:hunter2secret@host');
    expect(errorText(new TypeError('fetch failed', { cause }))).toBe(
      'fetch failed (connect ECONNREFUSED https://[redacted]@host)',
    );
    expect(errorText({ token: 'hunter2secret' })).not.toContain('hunter2secret');
  });

  test('says a cause once, and goes three causes deep', () => {
    const chain = (...messages: string[]) =>
      messages.reduceRight<Error | undefined>((cause, message) => new Error(message, { cause }), undefined);
    expect(errorText(chain('no a', 'a'))).toBe('no a');
    expect(errorText(chain('a', 'b', 'c', 'd', 'e'))).toBe('a (b) (c) (d)');
  });

  test('of several errors has them, three at the most', () => {
    const of = (...messages: string[]) => new AggregateError(messages.map((message) => new Error(message)));
    expect(errorText(of('a', 'b'))).toBe('a; b');
    expect(errorText(of('a', 'b', 'c', 'd'))).toBe('a; b; c');
    expect(errorText(of())).toBe('AggregateError');
  });

  test('of a text with several lines is one line', () => {
    expect(errorText(new Error("Cannot find module 'a'\nRequire stack:\r\n  - b"))).toBe(
      "Cannot find module 'a' Require stack: - b",
    );
  });

  test('has blanks as they are: a path may have two of them', () => {
    expect(errorText(new Error("open '/var/log/a  b/\u00a0c.log'"))).toBe("open '/var/log/a  b/\u00a0c.log'");
    expect(errorText(new Error('first  \r\n\t  second\u2028 third'))).toBe('first second third');
  });

  test('has characters as they are written: those of several parts, and those that are newer than Node', () => {
    const written = '👩‍🚀 می‌خواهم ❤️ \u{2fffe} \ue0b0';
    expect(errorText(new Error(written))).toBe(written);
  });

  test('is cut between characters', () => {
    for (const before of ['', 'x'])
      expect(errorText(new Error(before + '🚀'.repeat(300)))).toBe(`${before}${'🚀'.repeat(before === '' ? 250 : 249)}…`);
    for (const text of ['🚀'.repeat(600), `x${'🚀'.repeat(600)}`]) {
      expect(JSON.parse(shown(text))).toMatch(/^x?(?:🚀)+…$/u);
      expect(JSON.parse(shortLine(JSON.stringify({ text }))).text).toMatch(/^x?(?:🚀)+…$/u);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 495, maxLength: 510 }), fc.nat(9), (text, from) => {
        expect(oneLine(text, 500 - from).isWellFormed()).toBe(true);
      }),
    );
  });

  test('takes no longer with many blanks: a pattern that goes back over them would take minutes', () => {
    const blanks = ' '.repeat(300_000);
    expect(errorText(`a${blanks}\n${blanks}b${blanks}c`)).toBe(`a b${' '.repeat(497)}…`);
  });

  test('has no control characters, which a terminal would obey', () => {
    expect(errorText(new Error('Unexpected token \u001b[2J\u0007 in "\u009b1A\u202e"'))).toBe('Unexpected token [2J in " 1A "');
    expect(errorText('\u0007')).toBe('An error without a text that can be seen.');
  });

  test('has 500 characters and a mark of more, whatever is thrown', () => {
    expect(errorText('x'.repeat(500))).toBe('x'.repeat(500));
    expect(errorText('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(errorText(proxy)).toBe('An error that cannot be shown.');
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), (thrown) => {
        const text = errorText(thrown);
        expect(text).toMatch(/^(?:[^\r\n\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|[\u200c\u200d])*$/u);
        expect(text.trim()).not.toBe('');
        expect(text).not.toContain('[object Object]');
        expect(text.length).toBeLessThanOrEqual(501);
      }),
    );
  });
});
