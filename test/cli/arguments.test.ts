/**
 * A word that fits no option is refused with a hint, before anything has started.
 */
import { describe, expect, test } from 'vitest';
import { choiceOf, numberOf, parseWords } from '../../src/cli/arguments.ts';
import { type OptionSpecs, UsageError } from '../../src/cli/command.ts';

const SPECS: OptionSpecs = {
  seconds: { type: 'string', short: 's', placeholder: 'N', help: '' },
  'no-otlp': { type: 'boolean', help: '' },
  json: { type: 'boolean', help: '' },
};

const parseOptions = (words: readonly string[], specs: OptionSpecs) => parseWords(words, specs).values;

describe('options', () => {
  test('with = or a space, long or short', () => {
    expect(parseOptions(['--seconds', '3', '--json'], SPECS)).toEqual({ seconds: '3', json: true });
    expect(parseOptions(['--seconds=3', '--no-otlp'], SPECS)).toEqual({ seconds: '3', 'no-otlp': true });
    expect(parseOptions(['-s', '3'], SPECS)).toEqual({ seconds: '3' });
  });

  test.each([
    [['--secnods', '3'], 'There is no option --secnods (did you mean "--seconds"?).'],
    [['--xyzzy'], 'There is no option --xyzzy.'],
    [['--constructor'], 'There is no option --constructor.'],
    [['-x'], 'There is no option -x.'],
    [['now'], '"now" is not expected here.'],
    [['--seconds'], '--seconds needs a value: --seconds N.'],
    [['--json=yes'], '--json takes no value.'],
  ])('%j is refused', (words, message) => {
    expect(() => parseOptions(words, SPECS)).toThrow(new UsageError(message));
  });
});

describe('operands', () => {
  const files = { placeholder: 'FILE…', help: 'audit files, gzip’d or not', least: 1, most: 2 };

  test('stand anywhere among the options, and after -- whatever they look like', () => {
    expect(parseWords(['a', '--json', '--', '--b'], SPECS, files)).toEqual({ values: { json: true }, operands: ['a', '--b'] });
  });

  test('too few and too many are refused; help may be asked for without any', () => {
    expect(() => parseWords([], SPECS, files)).toThrow(new UsageError('FILE… is missing: audit files, gzip’d or not.'));
    expect(() => parseWords(['a', 'b', 'c'], SPECS, files)).toThrow(new UsageError('"c" is not expected here.'));
    expect(parseWords(['--help'], { ...SPECS, help: { type: 'boolean', help: '' } }, files).operands).toEqual([]);
  });
});

describe('values', () => {
  const range = { least: 0, most: 10, whole: true };

  test.each(['', ' ', 'ten', '-1', '11', '1.5', 'NaN', 'Infinity', '--json'])('%j is no whole number from 0 to 10', (given) => {
    expect(() => numberOf({ seconds: given }, 'seconds', 1, range)).toThrow('expected a whole number from 0 to 10');
  });

  test('the ends of a range belong to it, and an option that is absent has its default', () => {
    expect(numberOf({ seconds: '0' }, 'seconds', 1, range)).toBe(0);
    expect(numberOf({ seconds: '10' }, 'seconds', 1, range)).toBe(10);
    expect(numberOf({}, 'seconds', 1, range)).toBe(1);
  });

  test('a choice is one of the words, or a hint at the nearest', () => {
    expect(choiceOf({ level: 'info' }, 'level', ['info', 'warning'])).toBe('info');
    expect(() => choiceOf({ level: 'warnign' }, 'level', ['info', 'warning'])).toThrow('did you mean "warning"?');
  });
});
