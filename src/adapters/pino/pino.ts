/**
 * `hft-otel/pino`: pino's records on the ring, in one of two ways.
 *
 * ```ts
 * const logger = pino(options, pinoDestination());    // pino stays, and writes to us
 * import { pino } from 'hft-otel/pino';               // ours in its place: the same methods, a tenth of the cost
 * ```
 */
import { HftError } from '../../errors.ts';
import { IntakeLogger } from '../../intake/intake.ts';
import { getLogger } from '../../process/factories.ts';
import { unixMillis } from '../../time/clock.ts';
import { PinoDestination, type PinoDestinationOptions } from './destination.ts';
import { makeFacade } from './facade.ts';
import { PINO_LEVELS } from './levels.ts';
import { stdSerializers } from './std-serializers.ts';
import type { LogFn, PinoLogger, PinoOptions } from './types.ts';

export type { PinoDestination, PinoDestinationOptions } from './destination.ts';
export type { PinoSource } from './direct.ts';
export type { PinoRedact } from './redact.ts';
export type { Bindings, LogFn, PinoChildOptions, PinoFormatters, PinoLogger, PinoOptions, Serializers } from './types.ts';

/** For `pino(options, pinoDestination())`. */
export function pinoDestination(options: PinoDestinationOptions = {}): PinoDestination {
  return new PinoDestination(options);
}

/**
 * A logger with pino's methods, options and children. The configuration decides where its records go: HFT_ADAPTER is thrown for a `transport` or a destination.
 */
export function pino<Custom extends string = never>(
  options: PinoOptions & { readonly customLevels?: Readonly<Record<Custom, number>> } = {},
  ...destinations: readonly unknown[]
): PinoLogger<Custom> & Readonly<Record<Custom, LogFn>> {
  if (
    typeof options !== 'object' ||
    options === null ||
    'transport' in options ||
    typeof (options as { write?: unknown }).write === 'function'
  ) {
    throw noDestination('pino() of hft-otel/pino was given a transport or a destination.');
  }
  if (destinations.some((each) => each !== undefined)) throw noDestination('pino() of hft-otel/pino was given a destination.');
  const { logger = getLogger(options.name ?? 'pino') } = options;
  const intake = IntakeLogger.over(logger);
  const named = options.name !== undefined && options.logger !== undefined ? intake.named(options.name) : intake;
  return makeFacade(named, options) as PinoLogger<Custom> & Readonly<Record<Custom, LogFn>>;
}

pino.stdSerializers = stdSerializers;
pino.levels = {
  labels: Object.fromEntries(Object.entries(PINO_LEVELS).map(([label, value]) => [value, label])) as Readonly<
    Record<number, string>
  >,
  values: PINO_LEVELS,
};
/** As pino's; the facade does not ask for times, because each record has its own. */
pino.stdTimeFunctions = {
  epochTime: (): string => `,"time":${unixMillis()}`,
  unixTime: (): string => `,"time":${Math.round(unixMillis() / 1000)}`,
  isoTime: (): string => `,"time":"${new Date(unixMillis()).toISOString()}"`,
  nullTime: (): string => '',
};
pino.destination = (): never => {
  throw noDestination('pino.destination() of hft-otel/pino was called.');
};
pino.transport = (): never => {
  throw noDestination('pino.transport() of hft-otel/pino was called.');
};
pino.multistream = (): never => {
  throw noDestination('pino.multistream() of hft-otel/pino was called.');
};

function noDestination(what: string): HftError {
  return new HftError('HFT_ADAPTER', `${what} Configure the destinations with configureLogging({ backends }).`);
}

export default pino;
