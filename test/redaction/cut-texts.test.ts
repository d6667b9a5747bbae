/** Half of a credential is not found by what stands behind it. Wherever a text is cut, no half of one is shown. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedBeginning, maskSecrets, unitsToMask } from '../../src/common/mask-secrets.ts';
import { attributeOf } from '../../src/otel/meter-attributes.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { createTestLogging } from '../../src/testing.ts';
import { rig } from '../metrics/support/rig.ts';

/** Every piece of it of four units is looked for. */
const SECRET = 'Zq7Wx2Vy9Uk4';
const PIECES = Array.from({ length: SECRET.length - 3 }, (_, at) => SECRET.slice(at, at + 4));
const piecesIn = (text: string) => PIECES.filter((piece) => text.includes(piece));

const WEB_TOKEN = `eyJhbGciOiJub25l.${SECRET}${SECRET}.${SECRET}`;

/** Credentials that are found by their form, by what is before them, or by what follows. */
const CREDENTIALS = [
  ` https://svc:${SECRET}@host/path`,
  ` https://${SECRET}:${SECRET},${SECRET};${SECRET}@host/path`,
  ` ${WEB_TOKEN}`,
  ` Bearer ${SECRET}`,
  ` Basic ${SECRET}==`,
  `?signature=${SECRET}&a=b`,
  `{"token":"${SECRET} ${SECRET}","a":1}`,
  ` token: ${SECRET}`,
  ` password: ${SECRET}\n`,
  `?u=${encodeURIComponent(`https://svc:${SECRET}@host/x`)}`,
  `?u=${encodeURIComponent(encodeURIComponent(`https://svc:${SECRET}@host/x`))}`,
  `\n-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
  ` cookie: a=${SECRET}; b=${SECRET}`,
];
const BEFORE = ['x', 'a b ', 'https://host/', '{"a":"b"},', 'a=b&', 'x,y;', '%20', 'eyJ'];

const texts = fc
  .tuple(
    fc.constantFrom(...CREDENTIALS),
    fc.constantFrom(...BEFORE),
    fc.nat({ max: 300 }),
    fc.constantFrom('', ...CREDENTIALS),
    fc.constantFrom(...BEFORE),
  )
  .map(([credential, before, times, other, after]) => ({
    text: `${before.repeat(times)}${other}${before.repeat(times)}${credential}${after.repeat(200)}`,
    at: 2 * before.length * times + other.length,
    credential,
  }));

test('wherever a text is cut that is masked then, and wherever a masked one is, no piece of a credential is shown', () => {
  fc.assert(
    fc.property(texts, fc.nat(), ({ text, at, credential }, within) => {
      const most = at + (within % (credential.length + 1));
      expect(piecesIn(maskSecrets(text))).toEqual([]);
      expect(piecesIn(maskSecrets(text.slice(0, unitsToMask(text, most))))).toEqual([]);
      expect(piecesIn(maskedBeginning(text, most, maskSecrets))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('a cut leaves out one word at most, and nothing of a word that no credential can be as long as', () => {
  expect(unitsToMask('a short text', 100)).toBe(12);
  expect(unitsToMask('one two three', 10)).toBe(8);
  expect(unitsToMask('x'.repeat(50_000), 20_000)).toBe(20_000);
  expect(unitsToMask('x'.repeat(50_000), 100)).toBe(100);
  expect(unitsToMask(`${'x'.repeat(15_000)}eyJ${'x'.repeat(50_000)}`, 20_000)).toBe(15_000);
  expect(unitsToMask(`https://${'x'.repeat(50_000)}`, 20_000)).toBe('https://'.length);
  expect(maskedBeginning('a'.repeat(3_000_000), 1_024, maskSecrets)).toHaveLength(1_024);
});

/** Texts whose credential begins before a limit and ends behind it. A parameter is in front, so that redaction looks into all of them. */
function crossing(limit: number): string[] {
  return CREDENTIALS.flatMap((credential) =>
    Array.from(
      { length: credential.length },
      (_, cut) => `a=1 ${'x'.repeat(Math.max(0, limit - cut - 4))}${credential}${'y'.repeat(50)}`,
    ),
  );
}

const redaction = compileRedaction(['token', 'password', 'signature', 'cookie']);

test('no tag of a metric shows a piece of a credential that crosses its limit: a text, an object, an attribute, an array of them', () => {
  const { meter, collector } = rig({ redaction, cardinalityLimit: 100_000 });
  const otel = meter.registry.open({ scope: { name: 'lib' }, name: 'o', kind: 'counter', valueOf: attributeOf }).recorder;
  for (const text of crossing(1_024)) {
    meter.counter('c_total', 1, { url: text });
    meter.counter('e_total', 1, { error: new Error(text) as never });
    otel.record(1, { url: text, urls: [text, 'a'] });
  }
  const collected = JSON.stringify(collector.collect(), (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  expect(collected).toContain('[redacted]');
  expect(piecesIn(collected)).toEqual([]);
});

test('no warning of a metric shows one in its name', () => {
  const { meter, problems } = rig();
  for (const text of crossing(255)) meter.counter(text, -1);
  expect(problems.length).toBeGreaterThan(100);
  expect(piecesIn(problems.map(({ message, name }) => maskSecrets(`${message} ${name}`)).join('\n'))).toEqual([]);
});

test('no record shows one that crosses the limit of a stack, of an answer of an HTTP client, or of a whole text', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('a');
  const shown = () => {
    const text = JSON.stringify(logging.records(), (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    logging.clear();
    return text;
  };
  for (const text of crossing(512)) {
    const request = { transformRequest: [], headers: {}, method: 'get', url: `https://host/${text}` };
    log.info('answer', {
      answer: { status: 400, statusText: text, headers: {}, config: request, request: {}, data: text },
      members: { status: 400, statusText: '', headers: {}, config: request, request: {}, data: { text } },
    });
  }
  expect(piecesIn(shown())).toEqual([]);
  for (const text of crossing(65_536 - 64).filter((_, i) => i % 7 === 0)) {
    log.error('failed', { error: Object.assign(new Error('short'), { stack: text }) });
  }
  expect(piecesIn(shown())).toEqual([]);
  for (const text of crossing(1_048_576).filter((_, i) => i % 29 === 0)) expect(piecesIn(maskSecrets(text))).toEqual([]);
});
