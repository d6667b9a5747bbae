/**
 * The methods of a logger whose records are sampled, around the plain ones: without sampling, calls do not pass here at all.
 */
import { readFields } from '../codec/encode/arguments.ts';
import { fieldsNow } from '../codec/encode/lazy-fields.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { TRACE_BIT } from '../codec/head-word.ts';
import { LEVELS, type Scope } from '../record.ts';
import type { LogHost } from './log-host.ts';
import type { LogMethod } from './log-methods.ts';
import type { ProducerLogger } from './logger.ts';
import { LEFT_OUT, SAMPLED_OUT_KEY, type Sampler } from './sampler.ts';
import { traceBits, traceIdBytes } from './trace-context.ts';

/** `rank`: of the method's level. `host`: the producer that `plain` was made for. */
export function sampledLevelMethod(rank: number, plain: LogMethod, sampler: Sampler, host: LogHost): LogMethod {
  return function (this: ProducerLogger, ...args: unknown[]) {
    if (this?.isStale === undefined || !this.isEnabled(LEVELS[rank])) return plain.apply(this, args);
    // Looking the level up has brought the logger to another producer, whose rules hold.
    if (this.producer !== host) return this[LEVELS[rank]](args[0], args[1], ...args.slice(2));
    const isOrdinary = args.length <= 2 && typeof args[0] === 'string';
    const { message, fields } = isOrdinary ? { message: args[0], fields: args[1] } : this.producer.logs.callShapeOf(args);
    const leftOut = sampler.ask(this.scope, rank, message, activeTrace());
    if (leftOut === LEFT_OUT) return;
    if (leftOut === 0) return plain.call(this, message, fields);
    plain.call(this, message, readFields({ [SAMPLED_OUT_KEY]: leftOut }, readFields(fieldsNow(fields))));
  };
}

type EmitOpen = (this: ProducerLogger, rank: number, record: OpenRecord) => void;

/** The same for records in OpenTelemetry's terms. */
export function sampledEmitOpen(plain: EmitOpen, sampler: Sampler, host: LogHost): EmitOpen {
  return function (this: ProducerLogger, rank: number, record: OpenRecord) {
    if (!this.isEnabled(LEVELS[rank])) return;
    if (this.producer !== host) return this.emitOpen(rank, record);
    const leftOut = sampler.ask(this.scope, rank, record.body, traceOf(record));
    if (leftOut === LEFT_OUT) return;
    const told = leftOut === 0 ? record : { ...record, attributes: { ...record.attributes, [SAMPLED_OUT_KEY]: leftOut } };
    plain.call(this, rank, told);
  };
}

/** Writes counts that no record has reported yet: perhaps none comes any more. */
export function tellSampledOut(sampler: Sampler, write: (scope: Scope, rank: number, record: OpenRecord) => void): void {
  for (const { scope, rank, message, leftOut } of sampler.takeUntold()) {
    const body = 'records left out by sampling';
    write(scope, rank, { body, attributes: { [SAMPLED_OUT_KEY]: leftOut, message } });
  }
}

function activeTrace(): Buffer | undefined {
  return (traceBits() & TRACE_BIT) === 0 ? undefined : traceIdBytes;
}

function traceOf({ trace, withoutContext }: OpenRecord): Buffer | undefined {
  if (trace !== undefined) return trace.traceId.length === 32 ? Buffer.from(trace.traceId, 'hex') : undefined;
  return withoutContext === true ? undefined : activeTrace();
}
