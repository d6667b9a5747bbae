/**
 * A strict reader of the text exposition format, written from its specification: throws for anything that Prometheus' own parser refuses, and for what it
 * takes but then drops (a series that stands twice, a sample outside its family).
 */

export interface Exposition {
  /** `name{label="value",…}`, labels sorted → value as written. */
  readonly samples: Record<string, string>;
  readonly types: Record<string, string>;
}

const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

export function parseExposition(text: string): Exposition {
  const samples: Record<string, string> = Object.create(null);
  const types: Record<string, string> = Object.create(null);
  if (text !== '' && !text.endsWith('\n') && !text.startsWith('#')) throw new Error('no line feed at the end');
  let family = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, keyword, name, rest] = /^# (HELP|TYPE|UNIT) ([A-Za-z_:][A-Za-z0-9_:]*) ?(.*)$/s.exec(line) ?? [];
      if (keyword === undefined) throw new Error(`comment: ${line}`);
      if (keyword === 'TYPE') {
        if (name! in types) throw new Error(`second TYPE: ${line}`);
        types[name!] = rest!;
        family = name!;
      }
      continue;
    }
    const [, name, labels, value] = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? [];
    if (name === undefined) throw new Error(`sample: ${JSON.stringify(line)}`);
    const own = types[family] === 'histogram' ? [`${family}_bucket`, `${family}_sum`, `${family}_count`] : [family];
    if (!own.includes(name)) throw new Error(`${name} stands in the family ${family}`);
    if (!/^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(value!)) throw new Error(`value: ${line}`);
    const id = `${name}${labelsId(labels ?? '')}`;
    if (id in samples) throw new Error(`stands twice: ${id}`);
    samples[id] = value!;
  }
  return { samples, types };
}

function labelsId(labels: string): string {
  if (labels === '') return '';
  const found = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labels.length) {
    const match = LABEL.exec(labels);
    if (match === null) throw new Error(`labels: ${JSON.stringify(labels)}`);
    if (found.has(match[1]!)) throw new Error(`label ${match[1]} stands twice: ${labels}`);
    found.set(match[1]!, match[2]!);
  }
  return `{${[...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, value]) => `${label}="${value}"`)}}`;
}
