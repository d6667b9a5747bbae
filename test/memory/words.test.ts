import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources, SRC } from '../../scripts/architecture/house.ts';
import { SHARED_AREAS, type SharedWord } from '../../src/memory/words.ts';

const TABLE = 'memory/words.ts';
const sources = new Map(
  readSources()
    .filter(({ path }) => path !== TABLE)
    .map(({ path }) => [path, readFileSync(join(SRC, path), 'utf8')]),
);
const IMPORTS = /import (?:type )?\{([^}]*)\} from '(\.[^']+)'/g;
/** Index constants: those that a typed array is indexed by. Sizes, offsets of bytes, and bits and values within a word are none. */
const INDEX =
  /^(?:export )?const ((?:SIGNAL|RUN|WORD|F64|I64|DOUBLE|AUDIT_FILE)_\w+|STATE|TEXT_VERSION|TEXT_LENGTH|ERROR_TIME) = \d+;/gm;
const NO_INDEX = /(?<!SLOT)_BYTES$|^(SIGNALS|RUN)_FORMAT$/;

/** `layout word` → files that import it. */
const importers = new Map<string, string[]>();
for (const [path, text] of sources) {
  for (const [, names, from] of text.matchAll(IMPORTS)) {
    const layout = relative(SRC, resolve(SRC, dirname(path), from!));
    for (const name of names!.split(',')) {
      const key = `${layout} ${name.trim()}`;
      importers.set(key, [...(importers.get(key) ?? []), path]);
    }
  }
}

function filesThatName(word: string, layout: string): string[] {
  const inLayout = sources.get(layout)!.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const isUsedByLayout = inLayout.split(new RegExp(`\\b${word}\\b`)).length > 2;
  return [...(importers.get(`${layout} ${word}`) ?? []), ...(isUsedByLayout ? [layout] : [])].sort();
}

function isWrittenIn(path: string, word: string): boolean {
  const text = sources.get(path)!;
  return (
    new RegExp(`Atomics\\.(store|add|sub|or|and|exchange|compareExchange)\\([^,]+,\\s*(\\$\\{)?${word}\\b`).test(text) ||
    new RegExp(`\\[(\\$\\{)?${word}\\b[^\\]]*\\]\\s*(=[^=]|[+-]=|\\+\\+)`).test(text)
  );
}

describe.each(SHARED_AREAS.map((area) => [area.layout, area] as const))('words of %s', (layout, { words, isWaitedOn }) => {
  test('the table has each of them, and no other', () => {
    const declared = [...sources.get(layout)!.matchAll(INDEX)].map(([, word]) => word!).filter((word) => !NO_INDEX.test(word));
    expect(words.map(({ word }) => word).sort()).toEqual(declared.sort());
  });

  test.each(words.map((each) => [each.word, each] as const))(
    '%s is used by the files that the table names, and by no other',
    (word, each: SharedWord) => {
      expect([...each.writers, ...each.readers].sort()).toEqual(filesThatName(word, layout));
      for (const reader of each.readers) expect([reader, isWrittenIn(reader, word)]).toEqual([reader, false]);
    },
  );

  test(isWaitedOn ? 'threads may wait on them' : 'no thread waits on them: they may lie in mapped memory', () => {
    const waits = (word: string) => new RegExp(`(Atomics\\.(wait|waitAsync|notify)|\\.sleep(Sync)?)\\([^,]+,\\s*${word}\\b`);
    const waitedOn = words.filter(({ word }) => filesThatName(word, layout).some((path) => waits(word).test(sources.get(path)!)));
    if (isWaitedOn) expect(waitedOn.length).toBeGreaterThan(0);
    else expect(waitedOn).toEqual([]);
  });
});
