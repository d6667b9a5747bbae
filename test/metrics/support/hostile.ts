/** Names and tags that a program should not use and that some will. */

export const HOSTILE_NAMES: readonly string[] = [
  'with space',
  'naïve_ünïcode',
  '日本語',
  '🚀',
  '',
  '_',
  '...',
  '1starts_with_digit',
  'a-b',
  'a/b',
  'a.b',
  'a_b',
  'a..b',
  'x_bucket',
  'x_sum',
  'x_count',
  'x_total',
  'x_total_total',
  'x_info',
  'up',
  'target_info',
  '__name__',
  '{injected="x"} 1',
  'line\nfeed',
  'quote"backslash\\',
  'nul\0',
  'constructor',
  'toString',
  'x'.repeat(1000),
  `${'x'.repeat(1000)}y`,
  '\ud800lone',
];

export const HOSTILE_TAGS: readonly (Record<string, unknown> | undefined)[] = [
  undefined,
  {},
  { le: '0.5', quantile: '0.9', job: 'mine', instance: 'mine', __name__: 'other' },
  { otel_scope_name: 'x', 'otel.scope.version': 'y', exported_job: 'z', job: 'w' },
  { 'a.b': 1, a_b: 2, 'a-b': 3 },
  { '': 'empty', _: 'underscore', __: 'two', '1': 'digit', 'with space': 'x', 日本語: 'x', '🚀': 'x' },
  { quote: '"', backslash: '\\', feed: '\n', both: '\\n', nul: '\0', lone: '\ud800', rtl: '\u202e', long: 'x'.repeat(100_000) },
  {
    nothing: null,
    missing: undefined,
    empty: '',
    yes: true,
    number: 1.5,
    nan: Number.NaN,
    big: 10n,
    symbol: Symbol('s'),
    list: [1, 'a'],
    object: { a: 1 },
    date: new Date(0),
    fn: () => {},
  },
  { ['x'.repeat(1000)]: 1, [`${'x'.repeat(1000)}y`]: 2 },
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i])),
  {
    toString() {
      throw new Error('toString');
    },
    value: {
      toString() {
        throw new Error('toString');
      },
    },
  },
];
