/**
 * An OTLP logs request cut in two, for a server that finds it too large: each half is a request of its own, with the resource and the scopes of its records.
 *
 * The request is read as far as records only (opentelemetry.proto.collector.logs.v1): ExportLogsServiceRequest { 1: ResourceLogs }, ResourceLogs { 2: ScopeLogs },
 * ScopeLogs { 2: LogRecord }. Every other field is copied into each half that has records of its message.
 */

const LENGTH_DELIMITED = 2;
const CHILD_FIELD: readonly number[] = [1, 2, 2];

interface Piece {
  /** With tag and length. */
  readonly bytes: Uint8Array;
  /** Of a length-delimited field: what stands in it. */
  readonly content: Uint8Array | undefined;
  readonly field: number;
}

/** The first `count` records of a request, and the others. Undefined when it cannot be read, or has no record for one of the two. */
export function splitLogs(request: Uint8Array, count: number): readonly [Uint8Array, Uint8Array] | undefined {
  try {
    const taken = { left: count };
    const [first, second] = splitMessage(request, 0, taken);
    return taken.left > 0 || first === undefined || second === undefined ? undefined : [first, second];
  } catch {
    return undefined;
  }
}

/** Records in a request, marks of losses and copies of checkpoints among them. 0 when it cannot be read. */
export function countLogs(request: Uint8Array): number {
  try {
    return countIn(request, 0);
  } catch {
    return 0;
  }
}

function countIn(message: Uint8Array, depth: number): number {
  let count = 0;
  for (const { content, field } of piecesOf(message)) {
    if (field === CHILD_FIELD[depth] && content !== undefined) count += depth === 2 ? 1 : countIn(content, depth + 1);
  }
  return count;
}

/** `depth`: 0 the request, 1 a ResourceLogs, 2 a ScopeLogs, whose children are records. */
function splitMessage(
  message: Uint8Array,
  depth: number,
  taken: { left: number },
): [Uint8Array | undefined, Uint8Array | undefined] {
  const first: Uint8Array[] = [];
  const second: Uint8Array[] = [];
  let [inFirst, inSecond] = [0, 0];
  for (const { bytes, content, field } of piecesOf(message)) {
    if (field !== CHILD_FIELD[depth] || content === undefined) {
      first.push(bytes);
      second.push(bytes);
    } else if (depth === 2) {
      if (taken.left > 0) {
        taken.left--;
        inFirst++;
        first.push(bytes);
      } else {
        inSecond++;
        second.push(bytes);
      }
    } else {
      const [before, after] = splitMessage(content, depth + 1, taken);
      if (before !== undefined) {
        inFirst++;
        first.push(delimited(field, before));
      }
      if (after !== undefined) {
        inSecond++;
        second.push(delimited(field, after));
      }
    }
  }
  return [inFirst > 0 ? Buffer.concat(first) : undefined, inSecond > 0 ? Buffer.concat(second) : undefined];
}

function* piecesOf(message: Uint8Array): Generator<Piece> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = varint(message, at);
    at = tag.end;
    const field = tag.value >>> 3;
    let content: Uint8Array | undefined;
    switch (tag.value & 7) {
      case 0:
        at = varint(message, at).end;
        break;
      case 1:
        at += 8;
        break;
      case LENGTH_DELIMITED: {
        const length = varint(message, at);
        at = length.end + length.value;
        content = message.subarray(length.end, at);
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError('a field of a type that protobuf does not have');
    }
    if (at > message.length) throw new RangeError('a field that ends behind its message');
    yield { bytes: message.subarray(start, at), content, field };
  }
}

function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new RangeError('a number that does not end');
}

function delimited(field: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varintBytes(field * 8 + LENGTH_DELIMITED), varintBytes(content.length), content]);
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
}
