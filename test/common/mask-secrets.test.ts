import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskSecrets, mayHoldSecrets } from '../../src/common/mask-secrets.ts';

const S = 'hunter2secret';
const B = `aHVudGVyMnNlY3JldA==`;

describe('what is masked', () => {
  test.each([
    ['https://user:hunter2secret@host/x', 'https://[redacted]@host/x'],
    ['https://hunter2secret@sentry.example/1', 'https://[redacted]@sentry.example/1'],
    ['postgres://u:p@hunter2secret@db:5432/x?a=b', 'postgres://[redacted]@db:5432/x?a=b'],
    [
      'GET https://api/x?symbol=A&signature=hunter2secret&listenKey=hunter2secret failed',
      'GET https://api/x?symbol=A&signature=[redacted]&listenKey=[redacted] failed',
    ],
    ['symbol=A&signature=hunter2secret', 'symbol=A&signature=[redacted]'],
    ['wss://h/ws?listenKey=hunter2secret', 'wss://h/ws?listenKey=[redacted]'],
    ['https://h/x?api%5Fkey=hunter2secret#top', 'https://h/x?api%5Fkey=[redacted]#top'],
    ['a?auth[token]=hunter2secret&b=1', 'a?auth[token]=[redacted]&b=1'],
    ['X-MBX-APIKEY: hunter2secret\r\nAccept: */*', 'X-MBX-APIKEY: [redacted]\r\nAccept: */*'],
    [`Authorization: Basic ${B}, Host: x`, 'Authorization: Basic [redacted], Host: x'],
    ['Authorization: Bearer hunter2secret', 'Authorization: Bearer [redacted]'],
    ['no such token: Bearer hunter2secret', 'no such token: Bearer [redacted]'],
    [`{"apiKey":"hunter2secret","symbol":"A"}`, `{"apiKey":"[redacted]","symbol":"A"}`],
    [String.raw`"{\"apiKey\":\"hunter2secret\",\"symbol\":\"A\"}"`, String.raw`"{\"apiKey\":\"[redacted]\",\"symbol\":\"A\"}"`],
    [`{"password":"hunter2\\"secret","a":1}`, `{"password":"[redacted]","a":1}`],
    [`{ apiKey: 'hunter2secret', n: 1 }`, `{ apiKey: '[redacted]', n: 1 }`],
    [`{"secrets":["hunter2secret","x"],"n":1}`, `{"secrets":[redacted],"n":1}`],
    [`{"auth":{"user":"u","pass":"hunter2secret"},"n":1}`, `{"auth":[redacted],"n":1}`],
    ['-----BEGIN RSA PRIVATE KEY-----\nhunter2secret\n-----END RSA PRIVATE KEY----- x', '[redacted] x'],
    ['-----BEGIN PRIVATE KEY-----\nhunter2secret', '[redacted]'],
    [`token eyJhbGciOiJIUzI1NiJ9.aHVudGVyMnNlY3JldA.hunter2secret.`, 'token [redacted].'],
    [
      '8=FIX.4.4\u000135=A\u0001553=me\u0001554=hunter2secret\u000110=1\u0001',
      '8=FIX.4.4\u000135=A\u0001553=me\u0001554=[redacted]\u000110=1\u0001',
    ],
    ['8=FIX.4.4|35=A|554=hunter2secret|10=1|', '8=FIX.4.4|35=A|554=[redacted]|10=1|'],
    ['db password = hunter2secret; host = x', 'db password = [redacted]; host = x'],
    ['password="hunter2 secret" user=x', 'password="[redacted]" user=x'],
    [
      'https://h/cb?to=https%3A%2F%2Fx%2F%3Faccess_token%3Dhunter2secret%26b%3D1&n=1',
      'https://h/cb?to=https%3A%2F%2Fx%2F%3Faccess_token%3D[redacted]%26b%3D1&n=1',
    ],
    ['https://h/cb?to=https%3A%2F%2Fu%3Ahunter2secret%40x%2F', 'https://h/cb?to=https%3A%2F%2F[redacted]%40x%2F'],
    [
      'https://h/?r=https%253A%252F%252Fx%253Ftoken%253Dhunter2secret',
      'https://h/?r=https%253A%252F%252Fx%253Ftoken%253D[redacted]',
    ],
    [
      'payload=%7B%22apiKey%22%3A%22hunter2secret%22%2C%22n%22%3A1%7D',
      'payload=%7B%22apiKey%22%3A%22[redacted]%22%2C%22n%22%3A1%7D',
    ],
    ['a=%zz%3D&b=%E4%3Dx&token%3Dhunter2secret', 'a=%zz%3D&b=%E4%3Dx&token%3D[redacted]'],
    ['Cookie: sid=hunter2secret; other=hunter2secret\r\nAccept: */*', 'Cookie: [redacted]\r\nAccept: */*'],
    [`curl -H "cookie: a=hunter2secret; b=hunter2secret" https://h`, `curl -H "cookie: [redacted]" https://h`],
    ['set-cookie: sid=hunter2secret; Path=/', 'set-cookie: [redacted]'],
    [`Authorization: Digest username="u", response="hunter2secret"\nHost: x`, 'Authorization: Digest [redacted]\nHost: x'],
  ])('%s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
    expect(maskSecrets(masked)).toBe(masked);
  });

  test('texts that the caller knows to be secret, wherever they stand', () => {
    expect(maskSecrets(`you sent ${S}, twice ${S}`, { known: [S] })).toBe('you sent [redacted], twice [redacted]');
    expect(maskSecrets('abc', { known: ['b'] })).toBe('abc');
  });
});

test.each([
  'price=1.5 qty=2',
  'https://host:8080/path?symbol=BTCUSDT&limit=5',
  'time 12:30:45, level: info',
  'tokens_per_s=5 author=me signal=buy',
  'Basic information about the order',
  '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
  'mail me@example.com',
  '54=1 554=2',
  'a == b && c => d',
])('leaves %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test('masking a masked text changes nothing, whatever the text is', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '=',
      ':',
      '://',
      '"',
      "'",
      '\\',
      '&',
      '?',
      '@',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '[redacted]',
      'token',
      'Bearer ',
      'Basic ',
      'apiKey',
      '\n',
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const once = maskSecrets(pieces.join(''));
      expect(maskSecrets(once)).toBe(once);
    }),
    { numRuns: 5000 },
  );
});

test('a text of a megabyte is looked through in one go, whatever it repeats', () => {
  for (const part of [
    'a',
    '=',
    ':',
    'a=',
    '"a":',
    '://',
    'token=',
    'Basic ',
    'eyJ',
    '\\"',
    '{"token":{',
    '-----BEGIN PRIVATE KEY-----',
    '@',
    '%25',
    'token%3D',
  ]) {
    // One that took time with the square of its length would not be through within the test's time.
    expect(typeof maskSecrets(part.repeat(Math.ceil(1_000_000 / part.length)))).toBe('string');
  }
});

test('a text with a parameter, a URL, a member, a header or a key is looked into, no other', () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(60)}`;
  expect(['a=b', 'x://y', '{"a":1}', "{'a':1}", 'a: b', key].every(mayHoldSecrets)).toBe(true);
  expect(['', 'BTCUSDT', '12:30:45', 'order-1', 'spot:mexc', 'x'.repeat(1_000)].some(mayHoldSecrets)).toBe(false);
});

test('in a program’s own texts every form of a member with the name of a credential is masked, and sentences are left', () => {
  const forms: readonly ((name: string, secret: string) => string)[] = [
    (name, secret) => `${name}=${secret}`,
    (name, secret) => `https://h/x?symbol=A&${name}=${secret}&y=1`,
    (name, secret) => `GET / HTTP/1.1\r\nHost: h\r\n${name}: ${secret}\r\n\r\n`,
    (name, secret) => `${name}: ${secret}`,
    (name, secret) => `{"a":1,"${name}":"${secret}"}`,
    (name, secret) => `{"a":1,"${name}": "${secret}"}`,
    (name, secret) => `{'${name}': '${secret}', 'a': 1}`,
    (name, secret) => `{'${name}':'${secret}'}`,
    (name, secret) => `{ '${name}': "${secret}", a: 1 }`,
    (name, secret) => `export ${name}="${secret}"`,
    (name, secret) => `--${name}=${secret}`,
  ];
  const names = [
    'apiKey',
    'X-MBX-APIKEY',
    'api_secret',
    'password',
    'token',
    'signature',
    'authorization',
    'passphrase',
    'listenKey',
  ];
  const own = (text: string) => (mayHoldSecrets(text) ? maskSecrets(text, { leavesWords: true }) : text);
  // As long as those that are in use, and no word.
  const secret = fc.stringMatching(/^[A-Za-z0-9]{7,40}[0-9]$/);
  fc.assert(
    fc.property(fc.constantFrom(...forms), fc.constantFrom(...names), secret, (form, name, value) => {
      const masked = own(form(name, value));
      expect(masked).toBe(form(name, '[redacted]'));
      expect(own(masked)).toBe(masked);
    }),
    { numRuns: 2_000 },
  );
  for (const sentence of [
    'binance auth: failed',
    'invalid token: expired.',
    'Invalid signature: check your clock',
    'session_key: Missing',
  ])
    expect(own(sentence)).toBe(sentence);
  // Of a server's texts a word may be the credential.
  expect(maskSecrets('password: swordfish')).toBe('password: [redacted]');
});

test('a path of a setting in a message of our own is left', () => {
  const text = 'backends.audit.signingKey: ENOENT: no such file. Give the path of a file.';
  expect(maskSecrets(text)).toBe(text);
});
