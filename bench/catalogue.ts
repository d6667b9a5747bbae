/**
 * The cases, in the order of the table.
 */
import { NESTED } from './nested-values.ts';

export interface Case {
  /** `group/name`: what a filter is matched against. */
  readonly name: string;
  /** In bench/. */
  readonly file: string;
  /** Which of the cases that share the file. */
  readonly parameter?: string;
  /** Options of Node for its process. */
  readonly nodeOptions?: readonly string[];
  /**
   * Fresh processes in a full run; 1 unless said otherwise. What V8 makes of a hot function depends on the moments at which it compiles, and some starts
   * stay slower by half for millions of calls: one process would be one throw of the dice.
   */
  readonly processes?: number;
}

const PROCESSES_OF_HOT_CODE = 3;

const call = (name: string, parameter: string, nodeOptions: readonly string[] = []): Case => ({
  name: `log/${name}`,
  file: 'cases/log-call.ts',
  parameter,
  nodeOptions,
  processes: PROCESSES_OF_HOT_CODE,
});

const nested = (parameter: string): Case => ({ name: `nested/${parameter}`, file: 'cases/nested.ts', parameter });

/** A young generation that no chunk of calls fills. */
const ROOMY = ['--expose-gc', '--min-semi-space-size=32', '--max-semi-space-size=32'];

export const CASES: readonly Case[] = [
  call('4-fields', 'four'),
  call('no-fields', 'none'),
  call('8-fields', 'eight'),
  call('unique-id', 'unique-id'),
  call('30-shapes', 'shapes'),
  call('unique-message', 'unique-message'),
  call('active-span', 'span'),
  call('no-code-generation', 'no-code-generation', ['--disallow-code-generation-from-strings']),
  call('disabled-level', 'disabled'),
  call('child-logger', 'child'),
  call('audit', 'audit'),
  { name: 'log/rivals', file: 'cases/rivals.ts' },
  { name: 'log/adapters', file: 'cases/adapters.ts' },
  { name: 'log/mapped-memory', file: 'cases/mapped-memory.ts', processes: PROCESSES_OF_HOT_CODE },
  { name: 'log/black-box', file: 'cases/black-box.ts', processes: PROCESSES_OF_HOT_CODE },
  { name: 'log/latency', file: 'cases/latency.ts' },
  { name: 'log/cold', file: 'cases/cold.ts' },
  { name: 'log/garbage', file: 'cases/garbage.ts', nodeOptions: ROOMY },
  { name: 'log/loop-delay', file: 'cases/loop-delay.ts' },
  { name: 'log/page', file: 'cases/page.ts' },
  ...Object.keys(NESTED).map(nested),
  { name: 'worker/json-lines', file: 'cases/encode.ts', parameter: 'json', processes: PROCESSES_OF_HOT_CODE },
  { name: 'worker/otlp-protobuf', file: 'cases/encode.ts', parameter: 'otlp', processes: PROCESSES_OF_HOT_CODE },
  { name: 'sustained/file', file: 'cases/sustained.ts', parameter: 'file' },
  { name: 'sustained/http', file: 'cases/sustained.ts', parameter: 'http' },
  { name: 'audit/disk', file: 'cases/audit-trail.ts', parameter: 'disk' },
  { name: 'audit/receipts', file: 'cases/audit-trail.ts', parameter: 'receipts' },
  { name: 'file/fresh-pages', file: 'cases/file-fresh.ts' },
  { name: 'process/production-preset', file: 'cases/production.ts' },
  { name: 'process/failures', file: 'cases/failures.ts' },
  { name: 'process/one-line', file: 'cases/one-line.ts' },
  { name: 'command/find', file: 'cases/find.ts' },
  { name: 'metrics/calls', file: 'metrics.ts' },
  { name: 'metrics/threads-and-scrape', file: 'metrics-threads.ts' },
  { name: 'metrics/memory', file: 'cases/series-memory.ts', nodeOptions: ['--expose-gc'] },
];

/** Cases whose name contains one of the filters, or matches one as a regular expression. Without filters: all. */
export function selectCases(filters: readonly string[]): readonly Case[] {
  if (filters.length === 0) return CASES;
  const patterns = filters.map((filter) => new RegExp(filter));
  return CASES.filter(({ name }) => filters.some((filter, i) => name.includes(filter) || patterns[i].test(name)));
}
