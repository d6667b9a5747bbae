/**
 * `hft-otel/register`: everything on, without a change to the application.
 *
 * ```sh
 * node --import hft-otel/register app.js
 * ```
 *
 * Configures the default instance from `hft-otel.config.ts` (or `.js`, `.json` …) and the environment, registers its providers with OpenTelemetry's API, makes
 * records of texts printed with `console`, and measures the runtime. On further threads of the application, which join the instance by themselves, it captures
 * the console.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, workerData } from 'node:worker_threads';
import { logs, metrics } from '@opentelemetry/api';
import type { Logging } from '../../caller/api.ts';
import { isDisabled } from '../../config/sources/environment.ts';
import { configureLogging } from '../../process/factories.ts';
import { captureConsole } from '../console/console.ts';
import { type RegisterOptions, type RegisterPlan, readPlan } from './options.ts';
import { startRuntimeMetrics } from './runtime-metrics.ts';

export type { RegisterConfig, RegisterOptions } from './options.ts';

/** The thread that delivers: NODE_OPTIONS reaches it too. */
function isOwnWorker(): boolean {
  return typeof workerData === 'object' && workerData !== null && 'hftOtelGate' in workerData;
}

function start(plan: RegisterPlan): void {
  const logging = configureLogging(plan.config);
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  metrics.setGlobalMeterProvider(logging.meterProvider);
  const how = howToCapture(plan, logging);
  setEnvironmentData(CAPTURE_KEY, how);
  capture(how);
  if (plan.options.runtimeMetrics !== false) startRuntimeMetrics(logging.meterProvider.getMeter('hft-otel/register'));
  for (const warning of plan.warnings) process.emitWarning(warning, 'HftOtelWarning');
}

type Capture = NonNullable<RegisterOptions['console']>;

/** Passes the main thread's options to the application's threads. */
const CAPTURE_KEY = 'hft-otel.register.console';

function howToCapture({ options }: RegisterPlan, logging: Logging): Capture {
  return options.console ?? ('console' in logging.health().backends ? 'suppress' : true);
}

function capture(how: Capture): void {
  if (how !== false) captureConsole({ suppress: how === 'suppress' });
}

if (!isDisabled(process.env) && !isOwnWorker()) {
  if (isMainThread) start(readPlan(process.cwd(), process.env));
  else capture((getEnvironmentData(CAPTURE_KEY) as Capture | undefined) ?? false);
}
