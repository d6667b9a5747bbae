/**
 * Frames → OTLP: an ExportLogsServiceRequest in protobuf, as any collector takes it. A request is a run of ResourceLogs, and protobuf messages are
 * joined by putting one behind the other, so each call appends whole ResourceLogs to the bytes in the output:
 *
 * ```
 * ResourceLogs { resource, ScopeLogs { scope, LogRecord, LogRecord, … }, ScopeLogs … }
 * ```
 *
 * docs/output-formats.md documents the form of a record; record-writer.ts writes it.
 *
 * Records are gathered by scope, so they leave in another order than they came in, and an output that filled up in the middle would hold
 * frames from all over the call. Therefore only so many frames are begun as will fit by estimate; if the estimate was wrong, all is taken back
 * and half as many are tried.
 */

import { decodeFrame } from '../../codec/decode.ts';
import { scopeIdIn } from '../../codec/head-word.ts';
import { NO_SCOPE } from '../../codec/layout.ts';
import type { LogRecordData } from '../../contract/backend.ts';
import type { Encoder, FrameSource, LaneContext, Output } from '../encoder.ts';
import { SEGMENT_SLACK, type Segment, writeSegment } from '../segment.ts';
import type { OtlpPlan } from './plan.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { writeRecord } from './record.ts';
import { NO_ROOM, OtlpRecordWriter } from './record-writer.ts';
import type { ScopeIdentity } from './scope.ts';
import { NONE, type ScopeGroup, ScopeGroups } from './scope-groups.ts';
import { REQUEST_RESOURCE_LOGS, RESOURCE_LOGS_SCOPE_LOGS } from './tags.ts';
import { PATCHED_BYTES, patchLength } from './varint.ts';

/** Fewer than that are left to the next output, if this one has taken others. */
const FEW_FRAMES = 16;

/** A record that was encoded the slow way, and where it belongs. */
interface EncodedRecord {
  readonly bytes: Uint8Array;
  readonly group: ScopeGroup;
}

export class OtlpProtobufEncoder implements Encoder {
  readonly #source: FrameSource;
  readonly #context: LaneContext;
  readonly #writer: OtlpRecordWriter;
  readonly #groups: ScopeGroups;
  readonly #slowWriter = new ProtobufWriter();
  /** Groups by scope id. */
  #groupsByScope: (ScopeGroup | undefined)[] = [];
  /** The gathered frames by index: the plan of a shaped frame, or the bytes of any other. */
  readonly #plans: (OtlpPlan | undefined)[] = [];
  readonly #encoded: (Uint8Array | undefined)[] = [];
  #turns: number;

  /** `resource`: attributes of the resource, for all records whose scope names no other. */
  constructor(source: FrameSource, context: LaneContext, resource: Readonly<Record<string, unknown>>) {
    this.#source = source;
    this.#context = context;
    this.#writer = new OtlpRecordWriter(source, context);
    this.#groups = new ScopeGroups(resource);
    this.#turns = source.definitions.turns;
  }

  encode(frames: Int32Array, from: number, to: number, output: Output): number {
    if (from < to) this.#prepare(frames[from]);
    let done = from;
    while (done < to) {
      const count = this.#encodeSome(frames.subarray(done, to), output, done === from);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  #prepare(firstUnit: number): void {
    this.#writer.start(firstUnit);
    const { turns } = this.#source.definitions;
    if (this.#turns === turns && !this.#groups.isFull) return;
    this.#turns = turns;
    this.#writer.clear();
    this.#groups.clear();
    this.#groupsByScope = [];
  }

  /**
   * Encodes as many of the first frames as fit by estimate; at the beginning of a call, if none does, the first one if it fits by its exact length.
   * Returns how many. The rest of an output is not worth an exact length of each of the last few frames.
   */
  #encodeSome(frames: Int32Array, output: Output, isFirst: boolean): number {
    const room = output.limit - output.position;
    for (let count = this.#gather(frames, room); count > 0; count = this.#gather(frames.subarray(0, count >> 1), room)) {
      if (!isFirst && count < FEW_FRAMES && count < frames.length) return 0;
      const end = this.#writeRequest(frames, output);
      if (end === NO_ROOM) continue;
      output.position = end;
      return count;
    }
    return isFirst && this.#writeAlone(frames[0], output) ? 1 : 0;
  }

  /** Puts the first frames, those that are expected to fit in `room` bytes, into their groups. Returns how many they are. */
  #gather(frames: Int32Array, room: number): number {
    const { words } = this.#source;
    const groups = this.#groups;
    groups.reset();
    let left = room;
    for (let i = 0; i < frames.length; i++) {
      const unit = frames[i];
      const kind = words[unit * 2 + 1];
      let group: ScopeGroup;
      if (kind >= 0) {
        const head = words[unit * 2];
        const plan = this.#writer.find(head, kind);
        this.#plans[i] = plan;
        group = this.#groupOfScope(scopeIdIn(head));
        left -= this.#writer.estimate(head, plan);
      } else {
        const encoded = this.#encodeDecoded(unit);
        this.#encoded[i] = encoded.bytes;
        group = encoded.group;
        left -= encoded.bytes.length;
      }
      if (group.first === NONE) left -= 2 * PATCHED_BYTES + group.resource.length + group.scope.length + SEGMENT_SLACK;
      if (left < 0) return i;
      groups.add(group, i);
    }
    return frames.length;
  }

  /** Writes all groups, those of one resource together. Returns where they end, or {@link NO_ROOM}. */
  #writeRequest(frames: Int32Array, output: Output): number {
    const { used } = this.#groups;
    let at = output.position;
    for (let i = 0; i < used.length && at !== NO_ROOM; i++) {
      const { resource } = used[i];
      const isFirst = used.findIndex((group) => group.resource === resource) === i;
      if (isFirst) at = this.#writeResourceLogs(frames, output, at, resource);
    }
    return at;
  }

  #writeResourceLogs(frames: Int32Array, output: Output, start: number, resource: Segment): number {
    let at = writeOpening(output, start, resource);
    for (const group of this.#groups.used) {
      if (at === NO_ROOM) return NO_ROOM;
      if (group.resource === resource) at = this.#writeScopeLogs(frames, output, at, group);
    }
    if (at !== NO_ROOM) patchLength(output.view, start, REQUEST_RESOURCE_LOGS, at);
    return at;
  }

  #writeScopeLogs(frames: Int32Array, output: Output, start: number, group: ScopeGroup): number {
    const { words } = this.#source;
    const { view, limit } = output;
    let at = writeOpening(output, start, group.scope);
    for (let i = group.first; i !== NONE && at !== NO_ROOM; i = this.#groups.next(i)) {
      const unit = frames[i];
      at =
        words[unit * 2 + 1] >= 0
          ? this.#writer.write(view, at, limit, unit, this.#plans[i] as OtlpPlan)
          : writeBytes(output, at, this.#encoded[i] as Uint8Array);
    }
    if (at !== NO_ROOM) patchLength(view, start, RESOURCE_LOGS_SCOPE_LOGS, at);
    return at;
  }

  /** A frame that does not fit by estimate, or is longer than estimated: its exact length decides. */
  #writeAlone(unit: number, output: Output): boolean {
    const { bytes, group } = this.#encodeDecoded(unit);
    const start = output.position;
    const scopeStart = start + PATCHED_BYTES + group.resource.length;
    const recordStart = scopeStart + PATCHED_BYTES + group.scope.length;
    const end = recordStart + bytes.length;
    if (end > output.limit) return false;
    output.bytes.set(group.resource.bytes, start + PATCHED_BYTES);
    output.bytes.set(group.scope.bytes, scopeStart + PATCHED_BYTES);
    output.bytes.set(bytes, recordStart);
    patchLength(output.view, scopeStart, RESOURCE_LOGS_SCOPE_LOGS, end);
    patchLength(output.view, start, REQUEST_RESOURCE_LOGS, end);
    output.position = end;
    return true;
  }

  #encodeDecoded(unit: number): EncodedRecord {
    const { clock, ...context } = this.#context;
    const record = decodeFrame(this.#source, unit, { ...context, offsetNanos: clock.offsetNanos });
    writeRecord(this.#slowWriter, record);
    const scopeId = scopeIdIn(this.#source.words[unit * 2]);
    const group = scopeId === NO_SCOPE ? this.#groups.find(scopeOf(record)) : this.#groupOfScope(scopeId);
    return { bytes: this.#slowWriter.take(), group };
  }

  #groupOfScope(scopeId: number): ScopeGroup {
    return this.#groupsByScope[scopeId] ?? this.#findGroup(scopeId);
  }

  #findGroup(scopeId: number): ScopeGroup {
    const group = this.#groups.find(this.#source.definitions.scope(scopeId));
    this.#groupsByScope[scopeId] = group;
    return group;
  }
}

function scopeOf({ loggerName, loggerVersion, resource }: LogRecordData): ScopeIdentity {
  return {
    name: loggerName,
    ...(loggerVersion !== undefined && { version: loggerVersion }),
    ...(resource !== undefined && { resource }),
  };
}

/** Leaves room for a message's tag and length and writes its beginning. */
function writeOpening(output: Output, start: number, opening: Segment): number {
  const at = start + PATCHED_BYTES;
  return at + opening.length + SEGMENT_SLACK > output.limit ? NO_ROOM : writeSegment(output.view, at, opening);
}

function writeBytes(output: Output, at: number, bytes: Uint8Array): number {
  if (at + bytes.length > output.limit) return NO_ROOM;
  output.bytes.set(bytes, at);
  return at + bytes.length;
}
