/**
 * `hft-otel doctor`: checks a configuration and its surroundings, before the service starts or beside it.
 */
import { join } from 'node:path';
import { resolveConfig } from '../../config/resolve.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { ConfigError } from '../../errors.ts';
import type { LoggingConfig } from '../../index.ts';
import { levelOf, numberOf, textOf } from '../arguments.ts';
import type { Command, Values } from '../command.ts';
import { CONFIG_OPTIONS, configFrom } from '../config-options.ts';
import { paintFor } from '../paint.ts';
import { checkCollectors } from './collector-check.ts';
import { checkFile } from './files-check.ts';
import type { Finding } from './finding.ts';
import { checkPort } from './port-check.ts';
import { renderFindings } from './render.ts';
import { checkRoutes } from './routes-check.ts';

const EXIT_FAULTS = 1;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'what is wrong with a configuration and around it: files, ports, clock, collector; and what to do',
  options: {
    ...CONFIG_OPTIONS,
    expect: { type: 'string', placeholder: 'LEVEL', help: 'from this level up records must arrive somewhere (default warning)' },
    logger: { type: 'string', placeholder: 'NAME', help: 'of this logger (default app)' },
    timeout: { type: 'string', placeholder: 'SECONDS', help: 'for the probe record to arrive at the collector (default 5)' },
    json: { type: 'boolean', help: 'the findings as JSON' },
  },
  notes: [
    'Run it as the user of the service, in its directory, with its environment: OTEL_* and HFT_* variables count as they do for the program.',
    'A record "probe" of the logger hft-otel.doctor is sent to the collector. Beside each log file a file is written and removed.',
  ],
  exitCodes: { 0: 'no faults; there may be warnings', 1: 'faults were found' },
  run,
};

async function run(values: Values): Promise<number> {
  const config = await configFrom(values);
  const expected = { level: levelOf(values, 'expect') ?? 'warning', logger: textOf(values, 'logger') ?? 'app' } as const;
  const timeoutMillis = numberOf(values, 'timeout', 5, { least: 0.1, most: 600 }) * 1_000;
  const resolved = resolve(config);
  const findings = Array.isArray(resolved)
    ? resolved
    : [...adviceOf(resolved), ...(await check(config, resolved, expected, timeoutMillis))];
  const hasFaults = findings.some(({ status }) => status === 'fault');
  if (values.json) console.log(JSON.stringify({ ok: !hasFaults, findings }, undefined, 2));
  else console.log(renderFindings(findings, paintFor(process.stdout)).join('\n'));
  return hasFaults ? EXIT_FAULTS : 0;
}

/** The findings, when no program could start with this configuration. */
function resolve(config: LoggingConfig): ResolvedConfig | Finding[] {
  try {
    return resolveConfig(config, process.env).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map(({ path, value, expected }) => ({
      status: 'fault',
      code: 'configuration',
      subject: path,
      message: `It is ${value}.`,
      remedy: `Expected: ${expected}.`,
    }));
  }
}

function adviceOf({ warnings }: ResolvedConfig): Finding[] {
  if (warnings.length === 0)
    return [
      { status: 'ok', code: 'configuration', subject: 'configuration', message: 'It is complete and without contradictions.' },
    ];
  return warnings.map((message) => ({ status: 'warning', code: 'configuration', subject: 'configuration', message }));
}

async function check(
  config: LoggingConfig,
  resolved: ResolvedConfig,
  expected: Parameters<typeof checkRoutes>[1],
  timeoutMillis: number,
): Promise<Finding[]> {
  const { file, audit, otlp } = resolved.backends;
  const files = [
    ...(file.enabled ? [{ setting: 'backends.file.path', path: file.path }] : []),
    ...(audit.enabled ? [{ setting: 'backends.audit.path', path: audit.path }] : []),
    ...(otlp.spool === undefined
      ? []
      : [{ setting: 'a segment in backends.otlp.spool.directory', path: join(otlp.spool.directory, 'segment') }]),
  ];
  const found = await Promise.all([
    Promise.all(files.map(checkFile)),
    checkPort(resolved),
    checkCollectors(config, resolved, timeoutMillis),
  ]);
  return [...checkRoutes(resolved, expected), ...found.flat()];
}
