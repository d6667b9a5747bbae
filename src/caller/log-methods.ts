/**
 * The methods that users call most, made for one producer so that its memory and maps are constants of their code (see
 * codec/encode/generated-writer.ts for why each gets a source text of its own).
 */
import { uniqueText } from '../codec/encode/generated-writer.ts';
import type { RecordEncoder } from '../codec/encode/record-encoder.ts';
import { levelBits } from '../codec/head-word.ts';
import { SIGNAL_GENERATION } from '../memory/signals.ts';
import { AUDIT_RANK, type Fields, LEVELS } from '../record.ts';
import type { CallCost } from './call-cost.ts';
import type { ProducerLogger } from './logger.ts';

/** A level method: message, fields. Its `this` is a {@link ProducerLogger}. */
export type LogMethod = (this: ProducerLogger, message: string, fields?: unknown) => void;

interface MethodParts {
  readonly signals: Int32Array;
  readonly encoder: RecordEncoder;
  readonly traceBits: () => number;
  readonly cost: CallCost;
  /** Takes calls that come without their logger: a method handed on by itself, as in `.catch(logger.error)`, must not throw where it is called. */
  readonly unbound: () => ProducerLogger;
}

const BODY = (rank: number) => `
  let timed = false;
  if (signals[${SIGNAL_GENERATION}] !== this?.generation) {
    if (this?.isStale === undefined) return unbound().${LEVELS[rank]}(message, fields);
    if (this.isStale(${rank})) {
      if (!this.refresh(${rank}, message, fields)) return;
      timed = cost.begin('logs');
    }
  }
  if (this.threshold > ${rank}) return;
  const head = this.bits | traceBits() | ${levelBits(rank)};
  let shape;
  if (message === last.message) shape = last.shape;
  else {
    shape = messages.get(message);
    if (shape !== undefined) { last.message = message; last.shape = shape; }
  }
  try {
    if (shape !== undefined && shape.write(fields, head, message)) {
      if (timed) cost.end('logs');
      return;
    }
  } catch (error) { shape.threw(error); }
  encoder.encode(message, fields, head, shape);
  if (timed) cost.end('logs');`;

/** The method of one level. What is thrown inside the fast writer (by a proxy that is asked for its keys, or at the end of the stack) has touched nothing yet. */
export function makeLevelMethod(rank: number, { signals, encoder, traceBits, cost, unbound }: MethodParts): LogMethod {
  const { last, messages } = encoder;
  try {
    const make = new Function(
      'signals',
      'encoder',
      'messages',
      'last',
      'traceBits',
      'cost',
      'unbound',
      `${uniqueText()}'use strict'; return function (message, fields) {${BODY(rank)}
}`,
    );
    return make(signals, encoder, messages, last, traceBits, cost, unbound) as LogMethod;
  } catch {
    // --disallow-code-generation-from-strings: the same, for all producers alike.
    return function (message, fields) {
      let timed = false;
      if (signals[SIGNAL_GENERATION] !== this?.generation) {
        if (this?.isStale === undefined) return unbound()[LEVELS[rank]](message, fields as Fields);
        if (this.isStale(rank)) {
          if (!this.refresh(rank, message, fields)) return;
          timed = cost.begin('logs');
        }
      }
      if (this.threshold > rank) return;
      const shape = messages.get(message);
      encoder.encode(message, fields, this.bits | traceBits() | levelBits(rank), shape);
      if (timed) cost.end('logs');
    };
  }
}

const AUDIT_BODY = `
  let timed = false;
  if (signals[${SIGNAL_GENERATION}] !== this?.auditGeneration) {
    if (this?.refreshAudit === undefined) return unbound().audit(message, fields);
    if (!this.refreshAudit(message, fields)) return;
    timed = cost.begin('audit');
  }
  const head = this.auditBits | traceBits() | ${levelBits(AUDIT_RANK)};
  let shape;
  if (message === last.message) shape = last.shape;
  else {
    shape = messages.get(message);
    if (shape !== undefined) { last.message = message; last.shape = shape; }
  }
  let written = false;
  try {
    written = shape !== undefined && shape.write(fields, head, message);
  } catch (error) { shape.threw(error); }
  if (!written) encoder.encode(message, fields, head, shape);
  if (encoder.refusals !== 0) this.auditRefused(message, fields);
  if (timed) cost.end('audit');`;

/** `audit`: the same into the audit lane; a record that lane refuses is kept by the caller. */
export function makeAuditMethod({ signals, encoder, traceBits, cost, unbound }: MethodParts): LogMethod {
  const { last, messages } = encoder;
  try {
    const make = new Function(
      'signals',
      'encoder',
      'messages',
      'last',
      'traceBits',
      'cost',
      'unbound',
      `${uniqueText()}'use strict'; return function (message, fields) {${AUDIT_BODY}
}`,
    );
    return make(signals, encoder, messages, last, traceBits, cost, unbound) as LogMethod;
  } catch {
    return function (message, fields) {
      let timed = false;
      if (signals[SIGNAL_GENERATION] !== this?.auditGeneration) {
        if (this?.refreshAudit === undefined) return unbound().audit(message, fields as Fields);
        if (!this.refreshAudit(message, fields)) return;
        timed = cost.begin('audit');
      }
      encoder.encode(message, fields, this.auditBits | traceBits() | levelBits(AUDIT_RANK), messages.get(message));
      if (encoder.refusals !== 0) this.auditRefused(message, fields);
      if (timed) cost.end('audit');
    };
  }
}
