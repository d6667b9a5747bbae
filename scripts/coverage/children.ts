/**
 * What threads and child processes of the tests ran, as Node wrote it (`NODE_V8_COVERAGE`): one file for each of them, with offsets into the text that ran.
 * Types are stripped in place, so these are offsets into our sources too. Either Node strips them, and adds a last line that names the file, or the tests have
 * done so before (test/support/stripped). Both texts are counted as one, without that line.
 *
 * Not there: a process that was killed or aborted, a thread that was ended from outside before it could write, and children that are started without their
 * parent's environment.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import type { CoverageMapData } from '@vitest/istanbul-lib-coverage';
import { convert } from 'ast-v8-to-istanbul';
import { parseAst } from 'vite';

/** Files merged at once; a suite leaves thousands. */
const BATCH = 50;

/** As in V8's protocol. */
type ScriptCoverage = Parameters<typeof convert>[0]['coverage'];

/** Coverage of the files below `sources`, in Istanbul's form. */
export async function coverageOfChildren(folder: string, sources: string): Promise<CoverageMapData> {
  const codes = new Map<string, string>();
  const all: CoverageMapData = {};
  for (const coverage of mergedScripts(folder, sources, codes)) {
    const code = codes.get(coverage.url)!;
    Object.assign(all, await convert({ ast: parseAst(code), code, coverage }));
  }
  return all;
}

function mergedScripts(folder: string, sources: string, codes: Map<string, string>): readonly ScriptCoverage[] {
  let sum: readonly ScriptCoverage[] = [];
  const files = readdirSync(folder);
  for (let start = 0; start < files.length; start += BATCH) {
    const batch = files
      .slice(start, start + BATCH)
      .map((file) => ({ result: scriptsOf(join(folder, file)).flatMap((script) => sourceOf(script, sources, codes) ?? []) }));
    sum = mergeProcessCovs([{ result: sum }, ...batch]).result;
  }
  return sum;
}

/** A process that ends while it writes leaves half a file. */
function scriptsOf(path: string): readonly ScriptCoverage[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).result;
  } catch {
    return [];
  }
}

/** A source as Node ran it; undefined for what is none of ours, or vitest has rewritten: that has another length, and is counted by vitest. */
function sourceOf(script: ScriptCoverage, sources: string, codes: Map<string, string>): ScriptCoverage | undefined {
  const { url, functions } = script;
  if (!url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  if (!path.startsWith(sources) || !path.endsWith('.ts')) return undefined;
  if (!codes.has(url)) codes.set(url, stripTypeScriptTypes(readFileSync(path, 'utf8')));
  const { length } = codes.get(url)!;
  const end = functions[0]?.ranges[0]?.endOffset;
  if (end === length) return script;
  return end === length + lastLineOf(url) ? cutAt(length, script) : undefined;
}

/** Characters of the line that Node adds. */
function lastLineOf(url: string): number {
  return stripTypeScriptTypes('', { sourceUrl: url }).length;
}

function cutAt(length: number, script: ScriptCoverage): ScriptCoverage {
  const functions = script.functions.map((each) => ({
    ...each,
    ranges: each.ranges.map((range) => ({ ...range, endOffset: Math.min(range.endOffset, length) })),
  }));
  return { ...script, functions };
}
