/**
 * `hft-otel/fastify`: Fastify's logger. Fastify's own serializers, request ids and levels of routes work on it as on pino.
 *
 * ```ts
 * const app = Fastify({ loggerInstance: fastifyLogger() });
 * ```
 */
import { getLogger } from '../../process/factories.ts';
import { pino } from '../pino/pino.ts';
import type { PinoLogger, PinoOptions } from '../pino/types.ts';

export type { PinoRedact } from '../pino/redact.ts';
export type * from '../pino/types.ts';

/** Takes the options of pino that Fastify's `logger: { … }` takes, except for destinations. Default of `logger`: `getLogger('http')`. */
export function fastifyLogger(options: PinoOptions = {}): PinoLogger {
  return pino(options.logger === undefined && options.name === undefined ? { ...options, logger: getLogger('http') } : options);
}
