/**
 * The methods that users call most, made for one producer so that its memory and maps are constants of their code; see common/specialise.ts.
 */
import { NOT_MINE, type Outcome, REFUSED } from '../codec/encode/outcome.ts';
import type { RecordEncoder } from '../codec/encode/record-encoder.ts';
import { levelBits } from '../codec/head-word.ts';
import { specialise } from '../common/specialise.ts';
import { SIGNAL_GENERATION } from '../memory/signals.ts';
import { AUDIT_RANK, LEVELS, type Level } from '../record.ts';
import type { CallCost } from './call-cost.ts';
import type { ProducerLogger } from './logger.ts';

/** A level method. Its `this` is a {@link ProducerLogger}. */
export type LogMethod = (this: ProducerLogger, ...args: unknown[]) => void;

interface MethodParts {
  readonly signals: Int32Array;
  readonly encoder: RecordEncoder;
  readonly traceBits: () => number;
  readonly cost: CallCost;
  /** Takes calls that come without their logger: a method that is passed alone, as in `.catch(logger.error)`, must not throw where it is called. */
  readonly unbound: () => ProducerLogger;
}

/** Everything a method's code refers to. */
interface MethodConstants extends MethodParts {
  /** Index of the word of `signals` that changes when something that loggers cache has changed. */
  readonly generationWord: number;
  readonly rank: number;
  readonly level: Level;
  /** The level at its place in the head word. */
  readonly rankBits: number;
  readonly messages: RecordEncoder['messages'];
  readonly last: RecordEncoder['last'];
  readonly notMine: typeof NOT_MINE;
  readonly refused: typeof REFUSED;
  /** Calls with more than two arguments. Out of line: a method of more than 460 bytes of bytecode is not inlined, and a disabled call then takes 10 ns in place of 2. */
  readonly logAll: (
    logger: ProducerLogger | undefined,
    rank: number,
    message: unknown,
    fields: unknown,
    more: readonly unknown[],
  ) => void;
  readonly auditAll: (logger: ProducerLogger | undefined, message: unknown, fields: unknown, more: readonly unknown[]) => void;
}

/** The method of one level. */
export function makeLevelMethod(rank: number, parts: MethodParts): LogMethod {
  return specialise(levelMethod, constantsOf(rank, parts));
}

/** `audit`: the same into the audit lane; a record that lane refuses is kept by the caller. */
export function makeAuditMethod(parts: MethodParts): LogMethod {
  return specialise(auditMethod, constantsOf(AUDIT_RANK, parts));
}

function constantsOf(rank: number, parts: MethodParts): MethodConstants {
  const { last, messages } = parts.encoder;
  const own = (logger: ProducerLogger | undefined) => (logger?.isStale === undefined ? parts.unbound() : logger);
  return {
    ...parts,
    logAll: (logger, ofLevel, message, fields, more) => own(logger).logAll(ofLevel, [message, fields, ...more]),
    auditAll: (logger, message, fields, more) => own(logger).auditAll([message, fields, ...more]),
    rank,
    level: LEVELS[rank],
    rankBits: levelBits(rank),
    generationWord: SIGNAL_GENERATION,
    notMine: NOT_MINE,
    refused: REFUSED,
    messages,
    last,
  };
}

// If the fast writer throws (a proxy that is asked for its keys, the end of the stack), it has written nothing yet.
//
// Further arguments are a rest parameter, which the engine makes only where it is handed on: `arguments`, or parameters for some more of them, cost every
// call 2 ns and a disabled one 4.

function levelMethod(constants: MethodConstants): LogMethod {
  const { signals, generationWord, encoder, messages, last, traceBits, cost, logAll, rank, rankBits } = constants;
  return function (this: ProducerLogger, message?: unknown, fields?: unknown, ...more: unknown[]) {
    let timed = false;
    if (signals[generationWord] !== this?.generation) {
      const isBound = this?.isStale !== undefined;
      if (!isBound || this.isStale(rank)) {
        if (!isBound || more.length > 0) return logAll(this, rank, message, fields, more);
        if (!this.refresh(rank, message, fields)) return;
        timed = cost.begin('logs');
      }
    }
    // After the levels were asked: a disabled call is over here.
    if (this.threshold > rank) return;
    if (more.length > 0) return logAll(this, rank, message, fields, more);
    const head = this.bits | traceBits() | rankBits;
    let shape = last.shape;
    if (message !== last.message) {
      shape = messages.get(message as string);
      if (shape !== undefined) {
        last.message = message as string;
        last.shape = shape;
      }
    }
    try {
      if (shape?.write(fields as object | undefined, head, message as string)) {
        if (timed) cost.end('logs');
        return;
      }
    } catch (error) {
      shape?.threw(error);
    }
    encoder.encode(message, fields, head, shape);
    if (timed) cost.end('logs');
  };
}

function auditMethod(constants: MethodConstants): LogMethod {
  const { signals, generationWord, encoder, messages, last, traceBits, cost, unbound, auditAll, rankBits, notMine, refused } =
    constants;
  return function (this: ProducerLogger, message?: unknown, fields?: unknown, ...more: unknown[]) {
    if (more.length > 0) {
      return auditAll(this, message, fields, more);
    }
    let timed = false;
    if (signals[generationWord] !== this?.auditGeneration) {
      if (this?.refreshAudit === undefined) return unbound().audit(message as string, fields as object);
      if (!this.refreshAudit(message, fields)) return;
      timed = cost.begin('audit');
    }
    const head = this.auditBits | traceBits() | rankBits;
    let shape = last.shape;
    if (message !== last.message) {
      shape = messages.get(message as string);
      if (shape !== undefined) {
        last.message = message as string;
        last.shape = shape;
      }
    }
    let outcome: Outcome = notMine;
    try {
      outcome = shape?.write(fields as object | undefined, head, message as string) ?? notMine;
    } catch (error) {
      shape?.threw(error);
    }
    if (outcome === notMine) outcome = encoder.encode(message, fields, head, shape);
    if (outcome === refused) this.producer.writeThrough(message, fields, this.scope);
    if (timed) cost.end('audit');
  };
}
