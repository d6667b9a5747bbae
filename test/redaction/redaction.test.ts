import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CREDENTIAL_NAMES } from '../../src/common/credential-names.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { createTestLogging } from '../../src/testing.ts';

/** Keys from a record's field down; numbers are positions. */
type Path = readonly (string | number)[];

/** The compiled entries, asked by whole paths: true when the value at the end, or one around it, is replaced. */
function compile(entries: readonly string[]) {
  const { root, redactsKey } = compileRedaction(entries);
  const redactsPath = (path: Path) => {
    let place = root;
    for (const step of path) place = typeof step === 'number' ? place.at(step) : place.under(step);
    return place.redacted;
  };
  return { redactsKey, redactsPath };
}

const byDefault = compile(CREDENTIAL_NAMES);

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
    ...[
      'twofa',
      '2fa',
      'APCA-API-KEY-ID',
      'accessKeyId',
      'AWSAccessKeyId',
      'sig',
      'authSig',
      'apiKeys',
      'secrets',
      'passwords',
      'auth',
      'X-Auth',
    ],
    ...[
      'privateKeyPem',
      'password_hash',
      'bot_token',
      'X-Amz-Credential',
      'X-Amz-Security-Token',
      'hmac',
      'passcode',
      'AccountKey',
      'cvv',
    ],
    ...[
      'DYDX-PASSPHRASE',
      'CB-ACCESS-SIGN',
      'bfx-signature',
      'API-Sign',
      'x-phemex-access-token',
      'seedPhrase',
      'secretKeys',
      'session_key',
    ],
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
    ...[
      'tokens_per_s',
      'token_count',
      'base_token',
      'quoteToken',
      'token_address',
      'tx_hash',
      'orderHash',
      'hash',
      'session_id',
      'seed',
    ],
    ...[
      'multisig',
      'sigma',
      'sig_digits',
      'config',
      'orig',
      'authority',
      'authenticated',
      'signed_qty',
      'sequence',
      'pin_bar',
      'pinned',
    ],
    ...[
      'keyed_at',
      'pass',
      'compass',
      'cvd',
      'api_keys_count',
      'secret_ratio_not_a_word',
      'private',
      'access',
      'exec_id',
      'designated',
    ],
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
    const { redactsPath, redactsKey } = compile(['pin']);
    expect(redactsKey('pin')).toBe(true);
    expect(redactsPath(['a', 0, 'b', 'PIN'])).toBe(true);
    expect(redactsPath(['pin', 'digits'])).toBe(true);
  });

  test('a path counts where it ends, with everything below', () => {
    const { redactsPath, redactsKey } = compile(['headers.authorization']);
    expect(redactsKey('authorization')).toBe(false);
    expect(redactsPath(['authorization'])).toBe(false);
    expect(redactsPath(['headers', 'Authorization'])).toBe(true);
    expect(redactsPath(['request', 'headers', 'authorization'])).toBe(true);
    expect(redactsPath(['headers', 'authorization', 'scheme'])).toBe(true);
    expect(redactsPath(['headers', 'x', 'authorization'])).toBe(false);
    expect(redactsKey('http.headers.authorization')).toBe(true);
    expect(redactsPath(['http.headers', 'authorization'])).toBe(true);
  });

  test('* stands for exactly one key of a path, array positions included', () => {
    const { redactsPath } = compile(['accounts.*.number']);
    expect(redactsPath(['accounts', 0, 'number'])).toBe(true);
    expect(redactsPath(['user', 'accounts', 'main', 'number'])).toBe(true);
    expect(redactsPath(['accounts', 'number'])).toBe(false);
    expect(redactsPath(['accounts', 'a', 'b', 'number'])).toBe(false);
    expect(compile(['card.*']).redactsPath(['card', 'anything'])).toBe(true);
    expect(compile(['card.*']).redactsKey('card')).toBe(false);
  });

  test('* inside a name or a part stands for any run of characters', () => {
    const { redactsKey, redactsPath } = compile(['x_*_pass', 'db.user_*']);
    expect(redactsKey('X-Venue-Pass')).toBe(true);
    expect(redactsKey('y_venue_pass')).toBe(false);
    expect(redactsPath(['db', 'userName'])).toBe(true);
    expect(redactsPath(['db', 'name'])).toBe(false);
  });

  test('an empty list redacts nothing', () => {
    const { redactsKey, redactsPath } = compile([]);
    expect(redactsKey('password')).toBe(false);
    expect(redactsPath(['a', 'secret'])).toBe(false);
  });

  test('entries of separators alone redact nothing', () => {
    const { redactsKey, redactsPath } = compile(['', '.', '_', '- -', '..']);
    for (const key of ['', '.', '_', 'a', 'a.b']) expect(redactsKey(key) || redactsPath(['x', key])).toBe(false);
  });
});

describe('whatever the keys are', () => {
  const part = fc
    .string({ unit: fc.constantFrom('a', 'b', 'k', '_', '-'), minLength: 1, maxLength: 4 })
    .filter((text) => /[abk]/.test(text));
  const plain = (text: string) => text.toLowerCase().replace(/[_\-.\s]/g, '');

  /** The rules as one would read them: all ways to lay an entry over the end of a path, one after the other. */
  function isRedacted(entries: readonly string[][], path: Path): boolean {
    const fits = (wanted: string, step: string | number) =>
      wanted === '*' || (typeof step === 'number' ? wanted === String(step) : plain(wanted) === plain(step));
    const ends = (parts: readonly string[], steps: Path): boolean => {
      if (parts.length === 0) return true;
      const [part, step] = [parts.at(-1)!, steps.at(-1)];
      if (part === '**' && ends(parts.slice(0, -1), steps)) return true;
      if (step === undefined) return false;
      if (part === '**') return ends(parts, steps.slice(0, -1));
      if (fits(part, step) && ends(parts.slice(0, -1), steps.slice(0, -1))) return true;
      return typeof step === 'number' && ends(parts, steps.slice(0, -1)); // left out of the entry
    };
    const isEnd = (entry: readonly string[], steps: Path) => {
      const parts = entry.slice(entry.findIndex((part) => part !== '**'));
      if (entry.every((part) => part === '**')) return typeof steps.at(-1) === 'string';
      // A single part is a name: it never stands for a position.
      if (parts.length === 1) return typeof steps.at(-1) === 'string' && fits(parts[0], steps.at(-1)!);
      return ends(parts.at(-1) === '**' ? [...parts.slice(0, -1), '*'] : parts, steps);
    };
    return path.some((_, i) => entries.some((entry) => isEnd(entry, path.slice(0, i + 1))));
  }

  test('agrees with a plain reading of the rules, through objects, arrays and sets', () => {
    const entryPart = fc.oneof(
      { weight: 6, arbitrary: part },
      { weight: 2, arbitrary: fc.constant('*') },
      fc.constant('**'),
      fc.constantFrom('0', '1'),
    );
    const entry = fc.array(entryPart, { minLength: 1, maxLength: 4 });
    const step = fc.oneof({ weight: 3, arbitrary: part }, fc.nat(2));
    const path = fc.tuple(part, fc.array(step, { maxLength: 5 })).map(([first, rest]): Path => [first, ...rest]);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), path, (entries, path) => {
        const { redactsPath } = compile(entries.map((parts) => parts.join('.')));
        expect(redactsPath(path)).toBe(isRedacted(entries, path));
      }),
      { numRuns: 5000 },
    );
  });

  test('a dotted key counts as the path that it spells, and as a name with dots in it', () => {
    const entry = fc.array(fc.oneof({ weight: 4, arbitrary: part }, fc.constant('*')), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), fc.array(part, { minLength: 1, maxLength: 5 }), (entries, path) => {
        const names = entries.filter((parts) => parts.length === 1).map(([name]) => plain(name));
        const asName = path.some((_, i) => names.includes(plain(path.slice(i).join(''))));
        const last = entries.some((parts) => {
          const start = path.length - parts.length;
          return start >= 0 && parts.every((wanted, i) => wanted === '*' || plain(wanted) === plain(path[start + i]));
        });
        expect(compile(entries.map((parts) => parts.join('.'))).redactsKey(path.join('.'))).toBe(last || asName);
      }),
      { numRuns: 3000 },
    );
  });

  test('never throws, and answers alike each time', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string(), { minLength: 1 }), (entries, path) => {
        const redaction = compile(entries);
        expect(redaction.redactsPath(path)).toBe(redaction.redactsPath(path));
        expect(redaction.redactsKey(path[0])).toBe(redaction.redactsPath([path[0]]));
      }),
    );
  });

  test('keys made up as the program goes cost no memory', () => {
    const { redactsPath } = compile(CREDENTIAL_NAMES);
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

test('redactTexts: false leaves texts as they are; names still count', () => {
  const shown = (config: object) => {
    const logging = createTestLogging(config);
    logging.getLogger('a').info('GET https://u:p@h/x?signature=S', { url: 'https://u:p@h/x?signature=S', signature: 'S' });
    const { body, attributes } = logging.records()[0];
    return { body, attributes };
  };
  expect(shown({ redactTexts: false })).toMatchObject({
    body: 'GET https://u:p@h/x?signature=S',
    attributes: { url: 'https://u:p@h/x?signature=S', signature: '[redacted]' },
  });
  expect(shown({})).toMatchObject({
    body: 'GET https://[redacted]@h/x?signature=[redacted]',
    attributes: { url: 'https://[redacted]@h/x?signature=[redacted]', signature: '[redacted]' },
  });
  expect(shown({ redact: [] })).toMatchObject({ attributes: { url: 'https://u:p@h/x?signature=S', signature: 'S' } });
});
