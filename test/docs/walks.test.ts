/**
 * The walks in docs/architecture.md are what the code does: every function stands in its file, each line is called by the line that it is indented under, and
 * what passes between threads or processes is named on both sides.
 *
 * ```
 * path/below/src.ts:name                  a function, method, class or closure
 *   other.ts:#private by token            called in the one above: by its name, or through `token` where the call goes through an interface or a table
 * ⇒ TOKEN                                 a word of shared memory, a message or a record, that a line above and a line below both name
 * ```
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Step {
  readonly line: string;
  readonly depth: number;
  readonly path: string;
  readonly name: string;
  readonly by: string;
}

type Line = Step | { readonly line: string; readonly crossing: string };

const STEP = /^( *)([\w/-]+\.ts):(#?\w+)(?: by (\S+))?(?: {2,}.*)?$/;
const CROSSING = /^⇒ (\S+)(?: {2,}.*)?$/;

function walksIn(document: string): ReadonlyMap<string, readonly Line[]> {
  const walks = document.matchAll(/^### (.+)\n+```walk\n([^`]+)```/gm);
  return new Map(Array.from(walks, ([, title, text]) => [title, text.trimEnd().split('\n').map(lineOf)]));
}

function lineOf(line: string): Line {
  const [, crossing] = CROSSING.exec(line) ?? [];
  if (crossing !== undefined) return { line, crossing };
  const [, indent, path, name, by = name] = STEP.exec(line) ?? [];
  if (path === undefined) throw new Error(`No line of a walk: "${line}"`);
  return { line, depth: indent.length / 2, path, name, by };
}

const texts = new Map<string, string>();
function textOf(path: string): string {
  if (!texts.has(path)) texts.set(path, existsSync(join(ROOT, 'src', path)) ? readFileSync(join(ROOT, 'src', path), 'utf8') : '');
  return texts.get(path)!;
}

/** The lines of a function, from its first to the bracket that closes it at the same indentation; undefined: the file has none of that name. */
function bodyOf({ path, name }: Step): string | undefined {
  const lines = textOf(path).split('\n');
  const declaration = new RegExp(
    `^ *(?:export |async |static |override |private |protected |get |function\\*? |class |const |\\*)*${name}(?:<[^(]*>)?(?:\\(| extends| implements| \\{| ?[:=].*(?:=>|function))`,
  );
  const start = lines.findIndex(
    (line) => declaration.test(line) && !line.trimEnd().endsWith(';') && !/^\s*(?:return|if)\b/.test(line),
  );
  if (start < 0) return undefined;
  const [indent] = /^ */.exec(lines[start])!;
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^${indent}[)}\\]]`).test(line) && !/[{(]$/.test(line));
  return lines.slice(start, start + length + 2).join('\n');
}

function names(text: string, token: string): boolean {
  return new RegExp(`(?<![\\w#])${token.replace(/[$.]/g, '\\$&')}(?!\\w)`).test(text);
}

const walks = walksIn(readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'));

test('there are walks', () => expect(walks.size).toBe(5));

describe.each([...walks])('%s', (_, lines) => {
  const steps = lines.filter((line): line is Step => 'path' in line);

  test('every function stands in its file', () => {
    expect(steps.filter((step) => bodyOf(step) === undefined).map(({ line }) => line)).toEqual([]);
  });

  test('each is called by the one that it stands under', () => {
    const broken: string[] = [];
    const above: Step[] = [];
    for (const step of steps) {
      above.length = step.depth;
      const caller = above.at(-1);
      above.push(step);
      if (caller !== undefined && !names(bodyOf(caller) ?? '', step.by)) broken.push(`${step.line} <- ${caller.line}`);
    }
    expect(broken).toEqual([]);
  });

  test('what passes between threads is named on both sides', () => {
    const broken = lines.flatMap((line, index) => {
      if ('path' in line) return [];
      const isNamedIn = (side: readonly Line[]) => side.some((each) => 'path' in each && names(textOf(each.path), line.crossing));
      return isNamedIn(lines.slice(0, index)) && isNamedIn(lines.slice(index + 1)) ? [] : [line.line];
    });
    expect(broken).toEqual([]);
  });

  test('no function is met twice in one call', () => {
    const met = steps.filter(({ depth }) => depth > 0).map(({ path, name }) => `${path}:${name}`);
    expect(met.filter((each, index) => met.indexOf(each) !== index)).toEqual([]);
  });
});
