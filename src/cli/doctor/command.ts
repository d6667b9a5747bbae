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
  summary: 'check a configuration, its files, ports, clock and collector, and say what to do',
  options: {
    ...CONFIG_OPTIONS,
    expect: {
      type: 'string',
      placeholder: 'LEVEL',
      help: 'records of this level and above must reach a backend (default warning)',
    },
    logger: { type: 'string', placeholder: 'NAME', help: 'logger that --expect applies to (default app)' },
    timeout: { type: 'string', placeholder: 'SECONDS', help: 'how long the probe record may take to the collector (default 5)' },
    json: { type: 'boolean', help: 'print the findings as JSON' },
  },
  notes: [
    'Run it as the user of the service, in its working directory and with its environment:',
    'OTEL_* and HFT_* variables have the same effect as in the service.',
    'It sends a record "probe" of the logger hft-otel.doctor to the collector.',
    'It writes a file beside each log file and removes it.',
  ],
  exitCodes: { 0: 'no faults were found; there may be warnings', 1: 'faults were found' },
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
