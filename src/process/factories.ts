/**
 * The default instance, and factories that use it: loggers made at the top of a module work before, during and after configuration.
 */
import { setEnvironmentData } from 'node:worker_threads';
import type { FlushReport, HFTLogger, Logging } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import { componentScope, exchangeScope, strategyScope } from '../caller/scopes.ts';
import { resolveConfig } from '../config/resolve.ts';
import { developmentPreset, productionPreset } from '../config/sources/presets.ts';
import type { LoggingConfig } from '../config/types.ts';
import { THREAD_ENVIRONMENT_KEY } from '../instance/thread-wire.ts';
import { type OpenInstance, openInstance } from '../logging.ts';
import { ThreadProducers } from './thread.ts';

/**
 * Shared by all copies of this package on this thread: after a hot reload, loggers of the first copy go over to the instance that the second copy has made.
 * The number changes with the shapes of `OpenInstance`, `Producer` and loggers.
 */
const KEY = Symbol.for('hft-otel.default.3');

interface Defaults {
  instance?: OpenInstance | undefined;
  /** Producers of records from before there was an instance. */
  early?: ThreadProducers;
}

function defaults(): Defaults {
  const holder = globalThis as unknown as Record<symbol, Defaults | undefined>;
  holder[KEY] ??= {};
  return holder[KEY];
}

/** The calling thread's producer: that of the default instance, or one that a later configuration takes over. */
function producer(): Producer {
  const known = defaults();
  if (known.instance !== undefined) return known.instance.producer;
  known.early ??= new ThreadProducers();
  return known.early.current;
}

/**
 * Configures the default instance and returns it. Loggers handed out before write into it from their next call on, and what they wrote before is
 * delivered by it. A second call replaces the first: its instance drains and ends. Throws ConfigError with every problem; then nothing has changed.
 */
export function configureLogging<Own extends string = never>(config: LoggingConfig<Own> = {}): Logging {
  const resolved = resolveConfig(config, process.env);
  const known = defaults();
  const { instance: before, early } = known;
  const adopted = [...(early?.takeMemories() ?? []), ...(before?.seat?.handover.series ?? [])];
  const made = openInstance(resolved, { adopted, servesThreads: true, ...(before?.seat && { before: before.seat.before }) });
  known.instance = made;
  const handover = made.seat?.handover;
  if (handover !== undefined) early?.giveSeriesTo(handover);
  early?.current.succeed(made.producer);
  before?.producer.succeed(made.producer);
  const leaving = before?.seat?.handOver(handover);
  if (leaving !== undefined) handover?.expectFrom(leaving);
  // Threads started from here on find the settings there; threads that run already get them from the worker.
  setEnvironmentData(THREAD_ENVIRONMENT_KEY, made.seat?.settings as never);
  return made.logging;
}

/** {@link configureLogging} from the preset `development`: coloured console from debug up, text file from info up, audit file, Prometheus; see config/sources/presets.ts. `overrides` win. */
export function setupDevelopmentLogging<Own extends string = never>(overrides: LoggingConfig<Own> = {}): Logging {
  return configureLogging(developmentPreset(overrides));
}

/** {@link configureLogging} from the preset `production`: JSON file from warning up, audit file, Prometheus, percentiles; see config/sources/presets.ts. `overrides` win. */
export function setupProductionLogging<Own extends string = never>(overrides: LoggingConfig<Own> = {}): Logging {
  return configureLogging(productionPreset(overrides));
}

/** Logger `component`, tags `[component]`. */
export function getLogger(component: string): HFTLogger {
  return producer().logger(componentScope(component));
}

/** Logger `exchange.<exchange>.<component>`, tags `[exchange, …component split at dots]`. */
export function getExchangeLogger(exchange: string, component: string): HFTLogger {
  return producer().logger(exchangeScope(exchange, component));
}

/** Logger `strategy.<path>`; tags by position: exchange, API type, transport, strategy type. */
export function getStrategyLogger(path: string, tags: readonly string[]): HFTLogger {
  return producer().logger(strategyScope(path, tags));
}

const NOTHING_CONFIGURED: FlushReport = { complete: true, pending: 0, elapsedMillis: 0 };

/** {@link Logging.flush} of the default instance. On a thread that did not configure it, brings this thread's records through it; without any, complete at once. */
export async function flushLogging(options?: { timeoutMillis?: number }): Promise<FlushReport> {
  const { instance, early } = defaults();
  if (instance !== undefined) return instance.logging.flush(options);
  return early === undefined ? NOTHING_CONFIGURED : early.flush(options);
}

/** {@link Logging.shutdown} of the default instance. On a thread that did not configure it, a flush: the instance is another thread's to end. */
export async function shutdownLogging(options?: { timeoutMillis?: number }): Promise<FlushReport> {
  const { instance } = defaults();
  return instance === undefined ? flushLogging(options) : instance.logging.shutdown(options);
}

/**
 * For tests: shuts the default instance down and forgets it, as if nothing had been configured. Loggers handed out before stay usable: they go over to whatever
 * is configured next. On a thread that did not configure it, a flush.
 */
export async function resetLogging(options?: { timeoutMillis?: number }): Promise<FlushReport> {
  const known = defaults();
  const { instance, early } = known;
  if (instance === undefined) return early === undefined ? NOTHING_CONFIGURED : early.flush(options);
  known.instance = undefined;
  known.early = new ThreadProducers();
  instance.producer.succeed(known.early.current);
  setEnvironmentData(THREAD_ENVIRONMENT_KEY, undefined);
  return instance.logging.shutdown(options);
}

/** The default instance, if this thread has configured one. */
export function currentLogging(): Logging | undefined {
  return defaults().instance?.logging;
}
