import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRedaction } from '../../src/caller/redaction.ts';
import { CREDENTIAL_NAMES } from '../../src/config/credential-names.ts';

const byDefault = compileRedaction(CREDENTIAL_NAMES);

describe('the default list', () => {
  test.each([
    'api_key',
    'apiKey',
    'APIKEY',
    'API-Key',
    'api.key',
    'mexcApiKey',
    'X-MBX-APIKEY',
    'x-api-key',
    'X-BAPI-API-KEY',
    'OK-ACCESS-KEY',
    'secret',
    'apiSecret',
    'client_secret',
    'SecretKey',
    'aws_secret_access_key',
    'privateKey',
    'rsa_private_key',
    'signature',
    'X-Signature',
    'OK-ACCESS-SIGN',
    'X-BAPI-SIGN',
    'KC-API-SIGN',
    'KC-API-PASSPHRASE',
    'passphrase',
    'password',
    'dbPassword',
    'passwd',
    'authorization',
    'Authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'token',
    'access_token',
    'refreshToken',
    'sessionToken',
    'listenKey',
    'jwt',
    'mnemonic',
    'otp',
    'pin',
    'credentials',
    'http.request.header.authorization',
    'exchange.api.key',
  ])('redacts %s', (key) => {
    expect(byDefault.redactsKey(key)).toBe(true);
    expect(byDefault.redactsPath(['request', key])).toBe(true);
  });

  test.each([
    'symbol',
    'side',
    'price',
    'key',
    'keys',
    'code',
    'account',
    'clientOrderId',
    'order_id',
    'signal',
    'design',
    'assignment',
    'side_sign_off',
    'tokens_used',
    'monkey',
    'latency',
    'spin',
    'pinned',
    'passed',
    'bypass',
    'author',
    'secretary',
    'cookies_accepted',
    'tokenId',
    '',
    '.',
    '_',
    '…',
  ])('leaves %s', (key) => {
    expect(byDefault.redactsKey(key)).toBe(false);
    expect(byDefault.redactsPath(['request', key])).toBe(false);
  });

  test('redacts the header KEY of Gate.io, and no other key', () => {
    expect(byDefault.redactsPath(['request', 'headers', 'KEY'])).toBe(true);
    expect(byDefault.redactsPath(['headers', 'KEY'])).toBe(true);
    expect(byDefault.redactsPath(['map', 'KEY'])).toBe(false);
    expect(byDefault.redactsKey('headers.KEY')).toBe(true);
  });
});

describe('entries', () => {
  test('a name counts at any depth', () => {
    const { redactsPath, redactsKey } = compileRedaction(['pin']);
    expect(redactsKey('pin')).toBe(true);
    expect(redactsPath(['a', '0', 'b', 'PIN'])).toBe(true);
    expect(redactsPath(['pin', 'digits'])).toBe(false);
  });

  test('a path counts where it ends, not where it begins or goes through', () => {
    const { redactsPath, redactsKey } = compileRedaction(['headers.authorization']);
    expect(redactsKey('authorization')).toBe(false);
    expect(redactsPath(['authorization'])).toBe(false);
    expect(redactsPath(['headers', 'Authorization'])).toBe(true);
    expect(redactsPath(['request', 'headers', 'authorization'])).toBe(true);
    expect(redactsPath(['headers', 'authorization', 'scheme'])).toBe(false);
    expect(redactsPath(['headers', 'x', 'authorization'])).toBe(false);
    expect(redactsKey('http.headers.authorization')).toBe(true);
    expect(redactsPath(['http.headers', 'authorization'])).toBe(true);
  });

  test('* stands for exactly one key of a path, array positions included', () => {
    const { redactsPath } = compileRedaction(['accounts.*.number']);
    expect(redactsPath(['accounts', '0', 'number'])).toBe(true);
    expect(redactsPath(['user', 'accounts', 'main', 'number'])).toBe(true);
    expect(redactsPath(['accounts', 'number'])).toBe(false);
    expect(redactsPath(['accounts', 'a', 'b', 'number'])).toBe(false);
    expect(compileRedaction(['card.*']).redactsPath(['card', 'anything'])).toBe(true);
    expect(compileRedaction(['card.*']).redactsKey('card')).toBe(false);
  });

  test('* inside a name or a part stands for any run of characters', () => {
    const { redactsKey, redactsPath } = compileRedaction(['x_*_pass', 'db.user_*']);
    expect(redactsKey('X-Venue-Pass')).toBe(true);
    expect(redactsKey('y_venue_pass')).toBe(false);
    expect(redactsPath(['db', 'userName'])).toBe(true);
    expect(redactsPath(['db', 'name'])).toBe(false);
  });

  test('an empty list redacts nothing', () => {
    const { redactsKey, redactsPath } = compileRedaction([]);
    expect(redactsKey('password')).toBe(false);
    expect(redactsPath(['a', 'secret'])).toBe(false);
  });

  test('entries of separators alone redact nothing', () => {
    const { redactsKey, redactsPath } = compileRedaction(['', '.', '_', '- -', '..']);
    for (const key of ['', '.', '_', 'a', 'a.b']) expect(redactsKey(key) || redactsPath(['x', key])).toBe(false);
  });
});

describe('whatever the keys are', () => {
  const part = fc
    .string({ unit: fc.constantFrom('a', 'b', 'k', '_', '-'), minLength: 1, maxLength: 4 })
    .filter((text) => /[abk]/.test(text));
  const plain = (text: string) => text.toLowerCase().replace(/[_\-.\s]/g, '');

  test('agrees with a plain reading of the rules', () => {
    const entry = fc.array(fc.oneof({ weight: 4, arbitrary: part }, fc.constant('*')), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), fc.array(part, { minLength: 1, maxLength: 5 }), (entries, path) => {
        const expected = entries.some((parts) => {
          const start = path.length - parts.length;
          const fits = (wanted: string, key: string) => wanted === '*' || plain(wanted) === plain(key);
          // A lone `*` is a name: any run of characters.
          return start >= 0 && parts.every((wanted, i) => fits(wanted, path[start + i]));
        });
        const redaction = compileRedaction(entries.map((parts) => parts.join('.')));
        expect(redaction.redactsPath(path)).toBe(expected);
        expect(redaction.redactsKey(path.join('.'))).toBe(expected || redactedAsOneName(entries, path));
      }),
      { numRuns: 3000 },
    );

    /** A dotted key may also spell a name with dots in it. */
    function redactedAsOneName(entries: readonly string[][], path: readonly string[]): boolean {
      const names = entries.filter((parts) => parts.length === 1).map(([name]) => plain(name));
      return path.some((_, i) => names.includes(plain(path.slice(i).join(''))));
    }
  });

  test('never throws, and answers alike each time', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string(), { minLength: 1 }), (entries, path) => {
        const redaction = compileRedaction(entries);
        expect(redaction.redactsPath(path)).toBe(redaction.redactsPath(path));
        expect(redaction.redactsKey(path[0])).toBe(redaction.redactsPath([path[0]]));
      }),
    );
  });

  test('keys made up as the program goes cost no memory', () => {
    const { redactsPath } = compileRedaction(CREDENTIAL_NAMES);
    const heapBefore = heapUsed();
    for (let i = 0; i < 200_000; i++) redactsPath(['order', `key-${i}-with-some-length-to-it`]);
    expect(heapUsed() - heapBefore).toBeLessThan(8 * 1024 * 1024);
  });

  test('a key of megabytes is judged by its end, at once', () => {
    const key = `${'x.'.repeat(1_000_000)}password`;
    // One that took its whole length each time would not be through within the test's time.
    for (let i = 0; i < 50_000; i++) expect(byDefault.redactsKey(key)).toBe(true);
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
