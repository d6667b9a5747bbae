/**
 * The smallest parts of OTLP's protobuf, against a model that builds each message from the bytes of its parts.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OtlpField } from '../../src/encoders/otlp/field.ts';
import {
  ATTRIBUTE_BYTES,
  writeBooleanAttribute,
  writeEmptyAttribute,
  writeHead,
  writeTextAttributeHead,
  writeTextHead,
} from '../../src/encoders/otlp/fields.ts';
import { ProtobufWriter } from '../../src/encoders/otlp/protobuf-writer.ts';
import { encodeResource } from '../../src/encoders/otlp/scope.ts';
import { NONE, ScopeGroups } from '../../src/encoders/otlp/scope-groups.ts';
import {
  ATTRIBUTE_KEY,
  ATTRIBUTE_VALUE,
  RECORD_ATTRIBUTE,
  VALUE_BOOL,
  VALUE_DOUBLE,
  VALUE_INT,
  VALUE_STRING,
} from '../../src/encoders/otlp/tags.ts';
import {
  isInt64,
  lengthBytes,
  PATCHED_BYTES,
  patchLength,
  varintBytes,
  writePaddedVarint,
  writeVarint,
} from '../../src/encoders/otlp/varint.ts';
import { SEGMENT_SLACK, Segment, textSegment } from '../../src/encoders/segment.ts';

function varint(value: bigint): number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 0x80n ? [Number(rest)] : [Number(rest & 0x7fn) | 0x80, ...varint(rest >> 7n)];
}

function message(tag: number, content: readonly number[]): number[] {
  return [tag, ...varint(BigInt(content.length)), ...content];
}

const bytesOf = (text: string): number[] => [...Buffer.from(text)];

/** Integers of every length, and the ends of each. */
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .tuple(fc.nat(62), fc.integer({ min: -1, max: 1 }), fc.boolean())
    .map(([bits, step, isNegative]) => (isNegative ? -1 : 1) * (2 ** bits + step)),
);

describe('integers', () => {
  test('within 64 bits are as protobuf has them, in no more bytes than are foreseen', () => {
    fc.assert(
      fc.property(integer, fc.nat(3), (value, at) => {
        const expected = varint(BigInt(value));
        const memory = Buffer.alloc(at + expected.length);
        const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
        expect(varintBytes(value)).toBe(expected.length);
        expect(writeVarint(view, at, value)).toBe(at + expected.length);
        expect([...memory.subarray(at)]).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are what has no fraction and fits into 64 bits', () => {
    const value = fc.oneof(
      fc.double(),
      integer,
      fc.constantFrom(2 ** 63, -(2 ** 63), 2 ** 63 - 1024, -(2 ** 63) - 2048, 0.5, -0.5),
    );
    fc.assert(
      fc.property(value, (each) => {
        const isWhole = Number.isInteger(each) && BigInt.asIntN(64, BigInt(each)) === BigInt(each);
        expect(isInt64(each)).toBe(isWhole);
      }),
      { numRuns: 2_000 },
    );
  });

  test('as a length that is filled in afterwards take four bytes and say the length', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 28 - 1), fc.nat(3), fc.nat(0x7f), (length, start, tag) => {
        const memory = Buffer.alloc(start + PATCHED_BYTES);
        patchLength(new DataView(memory.buffer, memory.byteOffset, memory.length), start, tag, start + PATCHED_BYTES + length);
        const [first, ...digits] = memory.subarray(start);
        expect(first).toBe(tag);
        expect(digits.map((digit) => digit >> 7)).toEqual([1, 1, 1, 0]);
        expect(digits.reduce((sum, digit, i) => sum + (digit & 0x7f) * 2 ** (7 * i), 0)).toBe(length);
      }),
    );
  });

  test('as a length for which room was kept take all of it and say the length', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 21 - 1), fc.nat(2), fc.nat(3), (length, more, start) => {
        const bytes = varintBytes(length) + more;
        const memory = Buffer.alloc(start + bytes);
        writePaddedVarint(new DataView(memory.buffer, memory.byteOffset, memory.length), start, length, bytes);
        const digits = [...memory.subarray(start)];
        expect(digits.map((digit) => digit >> 7)).toEqual([...Array<number>(bytes - 1).fill(1), 0]);
        expect(digits.reduce((sum, digit, i) => sum + (digit & 0x7f) * 2 ** (7 * i), 0)).toBe(length);
      }),
    );
  });

  test.each([0, 99, 100, 16_383, 65_536])(
    'reserved for a message of about %i bytes are as many as its length takes, or one more',
    (bytes) => {
      const needed = varintBytes(bytes);
      expect([needed, needed + 1]).toContain(lengthBytes(bytes));
    },
  );
});

describe('a message', () => {
  type Part = (writer: ProtobufWriter) => number[];
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('a'.repeat(40), 'a'.repeat(41), `${'a'.repeat(39)}ü`, 'a'.repeat(127), 'a'.repeat(128), '価'.repeat(700)),
  );
  const leaf: fc.Arbitrary<Part> = fc.oneof(
    text.map(
      (value): Part =>
        (writer) => {
          writer.text(0x0a, value);
          return message(0x0a, bytesOf(value));
        },
    ),
    fc.uint8Array({ maxLength: 300 }).map(
      (value): Part =>
        (writer) => {
          writer.raw(0x12, value);
          return message(0x12, [...value]);
        },
    ),
    integer.map(
      (value): Part =>
        (writer) => {
          writer.varint(0x18, value);
          return [0x18, ...varint(BigInt(value))];
        },
    ),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(
      (value): Part =>
        (writer) => {
          writer.int64(0x20, value);
          return [0x20, ...varint(value)];
        },
    ),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(
      (value): Part =>
        (writer) => {
          writer.fixed64(0x29, value);
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
          return [0x29, ...bytes];
        },
    ),
    fc.double().map(
      (value): Part =>
        (writer) => {
          writer.double(0x31, value);
          const bytes = Buffer.alloc(8);
          bytes.writeDoubleLE(value);
          return [0x31, ...bytes];
        },
    ),
    fc.nat(2 ** 31 - 1).map(
      (value): Part =>
        (writer) => {
          writer.fixed32(0x3d, value);
          return [0x3d, value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
        },
    ),
  );
  const tree = fc.letrec<{ part: Part }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      fc.array(tie('part'), { maxLength: 6 }).map(
        (parts): Part =>
          (writer) => {
            const start = writer.open(0x42);
            const content = parts.flatMap((part) => part(writer));
            writer.close(start);
            return message(0x42, content);
          },
      ),
    ),
  })).part;

  test('of any parts, nested to any depth and of any length, has the bytes of its parts, and the next one starts empty', () => {
    const writer = new ProtobufWriter();
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 12, size: 'max' }), fc.boolean(), fc.nat(9), (parts, moves, at) => {
        const expected = parts.flatMap((part) => part(writer));
        expect(writer.length).toBe(expected.length);
        if (moves) {
          const memory = Buffer.alloc(at + expected.length + 8);
          const end = writer.moveTo(new DataView(memory.buffer, memory.byteOffset, memory.length), at);
          expect(Buffer.compare(memory.subarray(at, end), Buffer.from(expected))).toBe(0);
        } else expect(Buffer.compare(writer.take(), Buffer.from(expected))).toBe(0);
        expect(writer.length).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('grows wherever its first memory ends, whatever is written there', () => {
    const parts: Record<string, Part> = {
      text: (writer) => {
        writer.text(0x0a, 'a'.repeat(12));
        return message(0x0a, bytesOf('a'.repeat(12)));
      },
      'long text': (writer) => {
        writer.text(0x0a, 'ü'.repeat(50));
        return message(0x0a, bytesOf('ü'.repeat(50)));
      },
      bytes: (writer) => {
        writer.raw(0x12, new Uint8Array(40).fill(5));
        return message(0x12, new Array<number>(40).fill(5));
      },
      varint: (writer) => {
        writer.varint(0x18, 300);
        return [0x18, 0xac, 0x02];
      },
      double: (writer) => {
        writer.double(0x31, 1);
        return [0x31, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
      },
      fixed64: (writer) => {
        writer.fixed64(0x29, 1n);
        return [0x29, 1, 0, 0, 0, 0, 0, 0, 0];
      },
      fixed32: (writer) => {
        writer.fixed32(0x3d, 1);
        return [0x3d, 1, 0, 0, 0];
      },
      message: (writer) => {
        const start = writer.open(0x42);
        for (let i = 0; i < 130; i++) writer.byte(7);
        writer.close(start);
        return message(0x42, new Array<number>(130).fill(7));
      },
    };
    for (const [name, part] of Object.entries(parts)) {
      for (let filled = 880; filled <= 1_030; filled++) {
        const writer = new ProtobufWriter();
        for (let i = 0; i < filled; i++) writer.byte(1);
        const expected = part(writer);
        expect([...writer.take().subarray(filled)], `${name} behind ${filled} bytes`).toEqual(expected);
      }
    }
  });

  test('that was taken is not changed by the next one', () => {
    const writer = new ProtobufWriter();
    writer.text(0x0a, 'first');
    const taken = writer.take();
    writer.text(0x0a, 'other');
    expect([...taken]).toEqual(message(0x0a, bytesOf('first')));
  });
});

describe('an attribute', () => {
  /** The bytes from the attribute's tag to the end of its value. */
  const attribute = (key: string, value: readonly number[]) =>
    message(RECORD_ATTRIBUTE, [...message(ATTRIBUTE_KEY, bytesOf(key)), ...message(ATTRIBUTE_VALUE, value)]);
  const keySegment = (key: string) => new Segment(Uint8Array.from([...message(ATTRIBUTE_KEY, bytesOf(key)), ATTRIBUTE_VALUE]));
  const length = fc.oneof(
    { weight: 10, arbitrary: fc.nat(20) },
    { weight: 20, arbitrary: fc.integer({ min: 95, max: 140 }) },
    { weight: 1, arbitrary: fc.constant(17_000) },
  );
  /** Keys of up to the longest whose attribute has lengths of one byte, and beyond. */
  const key = length.map((each) => 'k'.repeat(each));
  const content = length.map((each) => 'v'.repeat(each));

  function written(bytes: number, write: (view: DataView) => number): number[] {
    const memory = Buffer.alloc(bytes + ATTRIBUTE_BYTES + SEGMENT_SLACK);
    const end = write(new DataView(memory.buffer, memory.byteOffset, memory.length));
    return [...memory.subarray(0, end)];
  }
  const same = (bytes: readonly number[], expected: readonly number[]) =>
    expect(Buffer.compare(Buffer.from(bytes), Buffer.from(expected))).toBe(0);

  test('with a text, a boolean, nothing or a number is what its parts are, whatever the lengths', () => {
    fc.assert(
      fc.property(key, content, fc.boolean(), fc.double(), integer, (name, text, flag, double, whole) => {
        const segment = keySegment(name);
        const room = name.length + text.length;
        const expected = attribute(name, message(VALUE_STRING, bytesOf(text)));
        same(
          written(room, (view) => {
            const at = writeTextAttributeHead(view, 0, segment, text.length);
            for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
            return at + text.length;
          }),
          expected,
        );
        const flagged = written(room, (view) => writeBooleanAttribute(view, 0, segment, flag));
        same(flagged, attribute(name, [VALUE_BOOL, flag ? 1 : 0]));
        const empty = written(room, (view) => writeEmptyAttribute(view, 0, segment));
        same(empty, attribute(name, []));

        const field = new OtlpField(segment);
        const digits = varint(BigInt(whole));
        same([...field.numberHead(digits.length).bytes, ...digits], attribute(name, [VALUE_INT, ...digits]));
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleLE(double);
        same([...field.numberHead(0).bytes, ...bytes], attribute(name, [VALUE_DOUBLE, ...bytes]));
        expect(field.numberHead(0)).toBe(field.numberHead(0));

        const head = written(room, (view) => writeHead(view, 0, segment, 1 + text.length, VALUE_STRING));
        same([...head, ...bytesOf(text)], attribute(name, [VALUE_STRING, ...bytesOf(text)]));
        const textHead = written(room, (view) => writeTextHead(view, 0, VALUE_STRING, text.length));
        same([...textHead, ...bytesOf(text)], message(VALUE_STRING, bytesOf(text)));
      }),
      { numRuns: 200 },
    );
  });

  test('keeps the first text of each place, and gives it for its own id alone', () => {
    const field = new OtlpField(keySegment('side'));
    const kept = new Map<number, string>();
    for (const id of [0, 5, 15, 16, 21, 5, 31, 7, 1_000_003]) {
      expect(field.text(id) === undefined).toBe(kept.get(id % 16) !== `t${id}`);
      field.keep(id, textSegment(`t${id}`));
      if (!kept.has(id % 16)) kept.set(id % 16, `t${id}`);
      const text = field.text(id);
      if (kept.get(id % 16) === `t${id}`) same([...text!.bytes], attribute('side', message(VALUE_STRING, bytesOf(`t${id}`))));
      else expect(text).toBeUndefined();
    }
  });
});

describe('frames gathered by scope', () => {
  const identity = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'ab'),
      version: fc.constantFrom('1', ''),
      schemaUrl: fc.constantFrom('', 'https://example.org/1'),
      resource: fc.constantFrom({}, { host: 'x' }, { host: 'y' }),
    },
    { requiredKeys: ['name'] },
  );
  /** What decides whether two are one scope. */
  const keyOf = ({
    name,
    version,
    schemaUrl,
    resource,
  }: {
    name: string;
    version?: string;
    schemaUrl?: string;
    resource?: object;
  }) => JSON.stringify([name, version || '', schemaUrl || '', resource ?? null]);

  test('are in the groups of their scopes and resources, in their order, and a reset takes all of them out', () => {
    const groups = new ScopeGroups({ own: 1 });
    fc.assert(
      fc.property(fc.array(identity, { maxLength: 700, size: 'max' }), (identities) => {
        groups.reset();
        const expected = Map.groupBy(identities.keys(), (i) => keyOf(identities[i]));
        identities.forEach((each, i) => {
          groups.add(groups.find(each), i);
        });
        const gathered = groups.used.map((group) => {
          const frames: number[] = [];
          for (let i = group.first; i !== NONE; i = groups.next(i)) frames.push(i);
          return frames;
        });
        expect(gathered).toEqual([...expected.values()]);
        const resources = Map.groupBy(groups.used, ({ first }) => JSON.stringify(identities[first]!.resource ?? null));
        const segments = [...resources.values()].map((each) => new Set(each.map(({ resource }) => resource)));
        expect(segments.map(({ size }) => size)).toEqual(segments.map(() => 1));
        expect(new Set(segments.flatMap((each) => [...each])).size).toBe(segments.length);
        for (const { resource } of resources.get('null') ?? [])
          expect([...resource.bytes]).toEqual([...encodeResource({ own: 1 })]);
      }),
      { numRuns: 60 },
    );
  });

  test('are forgotten when they are many', () => {
    const groups = new ScopeGroups({});
    for (let i = 0; i < 4_095; i++) groups.find({ name: `s${i}` });
    expect(groups.isFull).toBe(false);
    const kept = groups.find({ name: 'kept', resource: { host: 'x' } });
    expect(groups.find({ name: 'kept', resource: { host: 'x' } })).toBe(kept);
    expect(groups.isFull).toBe(true);
    groups.add(kept, 3);
    groups.clear();
    expect([groups.isFull, groups.used.length]).toEqual([false, 0]);
    expect(groups.find({ name: 'kept', resource: { host: 'x' } })).not.toBe(kept);
    expect(groups.find({ name: 'kept', resource: { host: 'x' } }).resource).not.toBe(kept.resource);
  });
});
