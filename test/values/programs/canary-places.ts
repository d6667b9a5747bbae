/**
 * Places where a secret can stand in what a program logs. Each gets a text of its own, so that a leak names its place.
 */
import http from 'node:http';

export interface Place {
  readonly name: string;
  readonly make: (secret: string) => unknown;
}

/** Names of the credentials of exchanges, HTTP and logins. */
const NAMES = [
  ...[
    'apiKey',
    'API-KEY',
    'X-MBX-APIKEY',
    'APCA-API-KEY-ID',
    'accessKeyId',
    'secret',
    'apiSecret',
    'secretKey',
    'passphrase',
    'sign',
  ],
  ...[
    'signature',
    'sig',
    'privateKeyPem',
    'password',
    'password_hash',
    'passwords',
    'twofa',
    'otp',
    'authorization',
    'auth',
    'X-Auth',
  ],
  ...[
    'cookie',
    'set-cookie',
    'token',
    'refreshToken',
    'listenKey',
    'jwt',
    'session_token',
    'GITHUB_TOKEN',
    'clientSecret',
    'credentials',
  ],
];

/** Ways to hand a named value over. */
const HOLDERS: Readonly<Record<string, (name: string, secret: string) => unknown>> = {
  'a field': (name, secret) => ({ [name]: secret }),
  'an object in a list': (name, secret) => ({ list: [{ [name]: secret }] }),
  'a Map in a Set': (name, secret) => ({ set: new Set([new Map([[name, secret]])]) }),
  'a property of an error': (name, secret) => ({ err: Object.assign(new Error('failed'), { [name]: secret }) }),
  'a cause': (name, secret) => ({ err: new Error('failed', { cause: { [name]: { value: secret } } }) }),
};

const TEXTS: Readonly<Record<string, (secret: string) => string>> = {
  'userinfo of a URL': (secret) => `connecting to wss://user:${secret}@host:443/ws`,
  'a signed query': (secret) => `GET https://api.example/v3/order?symbol=A&signature=${secret}&timestamp=1 failed`,
  'a listen key': (secret) => `wss://stream.example/ws?listenKey=${secret}`,
  'a form': (secret) => `grant_type=password&password=${secret}`,
  'JSON in a text': (secret) => JSON.stringify({ apiKey: secret, qty: 1 }),
  'JSON in JSON': (secret) => JSON.stringify({ body: JSON.stringify({ apiSecret: secret }) }),
  'a dumped request': (secret) => `GET /x?a=1 HTTP/1.1\r\nX-MBX-APIKEY: ${secret}\r\nHost: h\r\n`,
  'a bearer token': (secret) => `authorization=Bearer ${secret}, scope=all`,
  'a FIX logon': (secret) => `8=FIX.4.4\u000135=A\u0001554=${secret}\u000110=1\u0001`,
  'a connection string': (secret) => `Server=h;User Id=u;Password=${secret};`,
  'a request as it is sent': (secret) =>
    `GET / HTTP/1.1\r\nHost: h\r\nX-MBX-APIKEY: ${secret}\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
  'a line of YAML': (secret) => `api_key: ${secret}`,
  'an inspected object': (secret) => `{ apiKey: '${secret}', a: 1 }`,
  'a dictionary of Python': (secret) => `{'apiKey':'${secret}'}`,
  'a URL in a URL': (secret) => `https://h/cb?to=${encodeURIComponent(`https://u:${secret}@h/?access_token=${secret}&n=1`)}&n=1`,
  'JSON in a form': (secret) => `payload=${encodeURIComponent(JSON.stringify({ apiKey: secret, n: 1 }))}`,
  'cookies of a dumped request': (secret) => `GET / HTTP/1.1\r\nCookie: sid=${secret}; other=${secret}\r\nHost: h\r\n`,
  'a digest login': (secret) => `Authorization: Digest username="u", realm="r", response="${secret}"`,
  'a private key': (secret) => `-----BEGIN EC PRIVATE KEY-----\n${secret.repeat(8)}\n-----END EC PRIVATE KEY-----`,
};

const TEXT_HOLDERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a field': (text) => ({ text }),
  'a nested value': (text) => ({ deep: { list: [text] } }),
  "an error's message": (text) => ({ err: new Error(text) }),
  "a cause's message": (text) => ({ err: new Error('failed', { cause: new TypeError(text) }) }),
  'a Buffer': (text) => ({ buffer: Buffer.from(text) }),
};

const OTHERS: Readonly<Record<string, (secret: string) => unknown>> = {
  Headers: (secret) => ({ headers: new Headers({ Authorization: `Bearer ${secret}` }) }),
  URLSearchParams: (secret) => ({ params: new URLSearchParams({ signature: secret }) }),
  'a URL object': (secret) => ({ url: new URL(`https://user:${secret}@host/x?token=${secret}`) }),
  Request: (secret) => ({ request: new Request(`https://host/x?signature=${secret}`, { headers: { 'X-MBX-APIKEY': secret } }) }),
  'a request of Node': (secret) => {
    const request = http.request({
      host: '127.0.0.1',
      port: 1,
      path: `/x?signature=${secret}`,
      headers: { 'X-MBX-APIKEY': secret },
      auth: `u:${secret}`,
    });
    request.on('error', () => {});
    request.destroy();
    return { request };
  },
  'headers in turn': (secret) => ({
    request: { headers: ['Host', 'h', 'Authorization', secret, 'X-API-KEY', Buffer.from(secret)] },
  }),
  'headers in pairs': (secret) => ({
    request: {
      requestHeaders: [
        ['X-API-KEY', secret],
        ['Cookie', `a=${secret}`],
      ],
    },
  }),
  'headers as objects': (secret) => ({
    headers: [
      { name: 'X-API-KEY', value: secret },
      { key: 'Api-Key', value: secret },
    ],
  }),
  'names and values in turn': (secret) => ({ rawHeaders: ['Host', 'h', 'X-MBX-APIKEY', secret] }),
  'an agent': (secret) => ({ agent: new http.Agent({ passphrase: secret } as http.AgentOptions) }),
  'a private key as a text': (secret) => ({ pem: `-----BEGIN PRIVATE KEY-----\n${secret}=\n-----END PRIVATE KEY-----` }),
  'an error under the name of a credential': (secret) => ({ token: new Error(secret) }),
  'an error with toJSON': (secret) => ({
    err: Object.assign(new Error('x'), { config: { headers: { 'X-API-KEY': secret } }, toJSON: () => ({ secret }) }),
  }),
  'a class instance': (secret) => ({
    account: new (class Account {
      apiKey = secret;
    })(),
  }),
  toJSON: (secret) => ({ account: { toJSON: () => ({ password: secret }) } }),
  'a getter': (secret) => ({
    account: {
      get apiSecret() {
        return secret;
      },
    },
  }),
  'a list of an AggregateError': (secret) => ({ err: new AggregateError([Object.assign(new Error('x'), { apiKey: secret })]) }),
  'a dotted key': (secret) => ({ 'http.request.header.authorization': `Bearer ${secret}` }),
  'an own path, brackets': (secret) => ({ users: [{ ssn: secret }] }),
  'an own path, wildcard': (secret) => ({ accounts: new Map([['main', { number: secret }]]) }),
  'an own path, through an error': (secret) => ({ err: Object.assign(new Error('x'), { payload: { iban: secret } }) }),
};

export const OWN_ENTRIES = ['...', 'users[*].ssn', 'accounts.*.number', 'err.payload.iban'];

export const PLACES: readonly Place[] = [
  ...NAMES.flatMap((name) =>
    Object.entries(HOLDERS).map(([holder, make]) => ({
      name: `${name} in ${holder}`,
      make: (secret: string) => make(name, secret),
    })),
  ),
  ...Object.entries(TEXTS).flatMap(([name, text]) =>
    Object.entries(TEXT_HOLDERS).map(([holder, make]) => ({
      name: `${name} in ${holder}`,
      make: (secret: string) => make(text(secret)),
    })),
  ),
  ...Object.entries(OTHERS).map(([name, make]) => ({ name, make })),
];

/** The texts as messages of records and names of events. */
export const MESSAGES = Object.entries(TEXTS).map(([name, make]) => ({ name: `${name} as the message`, make }));

export const secretOf = (index: number): string => `s3cr3t${index}x0`;
