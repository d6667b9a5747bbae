/**
 * Nothing in the environment keeps a program from starting (docs/configuration.md): a configuration that is valid without variables is valid with any.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { type SettingPath, VARIABLES } from '../../src/config/settings.ts';
import { SPECIAL_VARIABLES, UNSUPPORTED_VARIABLES } from '../../src/config/sources/variables.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { configOf, SAMPLES } from './samples.ts';

const resolved = (config: LoggingConfig, env: NodeJS.ProcessEnv) => resolveConfig(config, env);

describe('a variable that clashes is ignored, and a warning names it', () => {
  test.each<[string, LoggingConfig, NodeJS.ProcessEnv, RegExp]>([
    [
      'more records in the black box than half of the default ring',
      {},
      { HFT_BLACK_BOX_RECORDS: '6000' },
      /HFT_BLACK_BOX_RECORDS is ignored: with it, blackBox\.records is 6000, expected at most half of ringBufferSize, 5000/,
    ],
    [
      'a ring that is too small for the black box of the code',
      { blackBox: { records: 60 } },
      { OTEL_BLRP_MAX_QUEUE_SIZE: '100' },
      /OTEL_BLRP_MAX_QUEUE_SIZE is ignored: with it, blackBox\.records is 60/,
    ],
    [
      'of two variables the one whose setting has the problem',
      { batchSize: 50 },
      { HFT_BLACK_BOX_RECORDS: '60', OTEL_BLRP_MAX_QUEUE_SIZE: '100' },
      /HFT_BLACK_BOX_RECORDS is ignored/,
    ],
  ])('%s', (_, config, env, warning) => {
    const { ignored } = resolved(config, env);
    expect(ignored).toEqual([expect.stringMatching(warning)]);
  });

  test('the other variables keep their effect', () => {
    const { config } = resolved({}, { HFT_BLACK_BOX_RECORDS: '60', OTEL_BLRP_MAX_QUEUE_SIZE: '100', HFT_LOG_LEVEL: 'error' });
    expect([config.blackBox.records, config.level]).toEqual([resolved({}, {}).config.blackBox.records, 'error']);
    expect(config.batchSize).toBe(100);
  });

  test('what the code alone has wrong is refused, and no variable is blamed', () => {
    const env = { HFT_BLACK_BOX_RECORDS: '60', OTEL_BLRP_MAX_QUEUE_SIZE: '100' };
    expect(() => resolved({ ringBufferSize: 100, blackBox: { records: 80 } }, env)).toThrow(/blackBox\.records.*80/s);
  });
});

describe('a variable does not weaken what witnesses prove', () => {
  const [first, second, third] = ['http://127.0.0.1:8732', 'http://127.0.0.1:8733', 'http://127.0.0.1:8734'];
  const key = (name: string) => `${name}+0123abcd+B${'A'.repeat(43)}`;
  const withWitnesses = (witnesses: string, witnessQuorum?: number) => {
    const { config, ignored } = resolved(
      { backends: { audit: witnessQuorum === undefined ? {} : { witnessQuorum } } },
      { HFT_AUDIT_WITNESSES: witnesses },
    );
    return { ...config.backends.audit, ignored, warnings: config.warnings };
  };

  test('fewer witnesses than the quorum of the code: these are asked, the quorum stays, and a warning says what follows', () => {
    const { witnesses, witnessQuorum, ignored } = withWitnesses(first!, 2);
    expect([witnesses, witnessQuorum]).toEqual([[first], 2]);
    expect(ignored).toEqual([
      expect.stringMatching(/HFT_AUDIT_WITNESSES names 1 of the 2 witnesses .* no line counts as cosigned/),
    ]);
    expect(withWitnesses(`${first},${second}`, 2).ignored).toEqual([]);
  });

  test('an entry that cannot be used does not take the others with it', () => {
    const { witnesses, witnessQuorum, ignored } = withWitnesses(`${first}, nowhere, ${third}`);
    expect([witnesses, witnessQuorum]).toEqual([[first, third], 2]);
    expect(ignored).toEqual([expect.stringMatching(/^HFT_AUDIT_WITNESSES\[1\] is ignored: got "nowhere"/)]);
    expect(withWitnesses('nowhere').witnesses).toEqual([]);
    expect(withWitnesses(Array.from({ length: 9 }, () => first).join()).witnesses).toEqual([]);
  });

  test.each([
    ['by its address', `${first},${first}/`, [first]],
    ['by its address, once with its key', `${first},${first} ${key('w1')}`, [`${first} ${key('w1')}`]],
    ['by its key', `${first} ${key('w1')},${second} ${key('w1')}`, [`${first} ${key('w1')}`]],
  ])('a witness that is named twice, %s, is one', (_, text, witnesses) => {
    const found = withWitnesses(text, 2);
    expect(found.witnesses).toEqual(witnesses);
    expect(found.warnings.join()).toMatch(/names 1 of the 2 witnesses.*The 2 entries .* name 1 different witnesses/);
    expect(() => resolved({ backends: { audit: { witnesses: text.split(','), witnessQuorum: 2 } } }, {})).toThrow(
      /witnessQuorum: got 2, expected at most 1/,
    );
  });

  test('a quorum without any witness is kept, with a warning', () => {
    const { config } = resolved({ backends: { audit: { witnessQuorum: 2 } } }, {});
    expect(config.backends.audit.witnessQuorum).toBe(2);
    expect(config.warnings.join()).toMatch(/witnessQuorum is 2, and there is no witness: no line counts as cosigned/);
    expect(resolved({ backends: { audit: {} } }, {}).config.warnings).toEqual([]);
  });
});

const PATHS = ['logs/app.jsonl', 'logs/audit.jsonl', 'logs/app.log', join(tmpdir(), 'hft-otel-samples', 'other.jsonl')];

/** Texts of variables that are legal for some of them, and illegal for others. */
const text = fc.oneof(
  fc.constantFrom(...PATHS, import.meta.filename),
  fc.constantFrom('0', '1', '10', '60', '100', '3000', '6000', '65535', '1000000', '-1', '1e9', 'NaN'),
  fc.constantFrom(
    'true',
    'false',
    'production',
    'development',
    'test',
    'error',
    'trace',
    'console',
    'otlp',
    'none',
    'prometheus',
  ),
  fc.constantFrom('http://127.0.0.1:4318', 'https://one.example,https://two.example', '127.0.0.1', 'http/json', 'gzip', 'delta'),
  fc.constantFrom('a=debug,b.*=error', 'a=1,b=2', `${'a'.repeat(200)}=debug`, 'http://127.0.0.1:8732,http://127.0.0.1:8733'),
  fc.string({ maxLength: 20 }),
);

const NAMES = [...VARIABLES.map(({ name }) => name), ...Object.keys(SPECIAL_VARIABLES), ...Object.keys(UNSUPPORTED_VARIABLES)];
/** Variables at which checks of several settings meet. */
const meeting = fc.record(
  {
    HFT_BLACK_BOX_RECORDS: fc.constantFrom('40', '400', '6000'),
    OTEL_BLRP_MAX_QUEUE_SIZE: fc.constantFrom('10', '100', '1000'),
    HFT_AUDIT_WITNESSES: fc.constantFrom('http://127.0.0.1:8732', 'http://127.0.0.1:8732,http://127.0.0.1:8733'),
    HFT_LOG_FILE: fc.constantFrom(...PATHS),
    HFT_AUDIT_FILE: fc.constantFrom(...PATHS),
    NODE_ENV: fc.constantFrom('production', 'development', 'test'),
  },
  { requiredKeys: [] },
);
const environment = fc
  .tuple(fc.dictionary(fc.constantFrom(...NAMES), text, { maxKeys: 12 }), meeting)
  .map((parts) => Object.assign({}, ...parts) as NodeJS.ProcessEnv);

/** Values at which checks of several settings meet, beside the samples. */
const EDGES: Partial<Record<SettingPath, readonly unknown[]>> = {
  preset: ['production', 'development'],
  ringBufferSize: [100, 1_000, 20_000],
  batchSize: [10, 100, 500],
  'blackBox.records': [0, 40, 60, 400],
  'backends.audit.witnessQuorum': [1, 2, 3],
  'backends.file.path': PATHS,
  'backends.audit.path': PATHS,
  'backends.file.enabled': [true, false],
  'backends.audit.enabled': [true, false],
};
const paths = Object.keys(SAMPLES) as SettingPath[];
const setting = (path: SettingPath) =>
  fc.constantFrom(...(EDGES[path] ?? []), SAMPLES[path]).map((value) => [path, value] as const);
const valid = fc
  .array(fc.oneof(fc.constantFrom(...(Object.keys(EDGES) as SettingPath[])), fc.constantFrom(...paths)).chain(setting), {
    maxLength: 8,
  })
  .map((given) => configOf(Object.fromEntries(given)))
  .filter((config) => {
    try {
      resolved(config, {});
      return true;
    } catch {
      return false;
    }
  });

test('any documented variables with any values: a configuration that is valid without them is valid with them', {
  timeout: 600_000,
}, () => {
  fc.assert(
    fc.property(valid, environment, (config, env) => {
      resolved(config, env);
    }),
    { numRuns: 500 },
  );
});
