/**
 * The worker's own work: frames of a prefilled ring → the bytes of a destination. What the drain does with a batch (find frames, look up their routes,
 * encode, release), without the threads. Into 1 MiB of output at a time, as into a slot of an outbox.
 */

import { DEFAULTS } from '../../src/config/defaults.ts';
import { DEFAULT_SLOT_BYTES } from '../../src/delivery/outbox.ts';
import type { Encoder, LaneContext, Output } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import { OtlpProtobufEncoder } from '../../src/encoders/otlp/protobuf.ts';
import { LaneSource, ONE_DESTINATION } from '../../src/read/lane-source.ts';
import type { Fields } from '../../src/record.ts';
import { AnchoredClock } from '../../src/worker/wall-clock.ts';
import { decodeProtobufRequest } from '../../test/support/otlp-decode.ts';
import { openBareLane } from '../harness/bare-lane.ts';
import { prove, proveRecord, runCase } from '../harness/case.ts';
import { nanos } from '../harness/clock.ts';
import type { Figure } from '../harness/figure.ts';
import { countLogRecords } from '../harness/otlp-sink.ts';
import { alternate } from '../harness/rounds.ts';
import { NESTED } from '../nested-values.ts';
import { type LoggedRecord, WORKLOADS, type Workload } from '../workloads.ts';

interface Format {
  readonly name: string;
  /** records/s */
  readonly target: number;
  make(source: LaneSource, context: LaneContext): Encoder;
  /** How many records are in these bytes, and which. */
  count(bytes: Buffer): number;
  decode(bytes: Buffer): LoggedRecord[];
}

const FORMATS: Readonly<Record<string, Format>> = {
  json: {
    name: 'ring → JSON lines',
    target: 5_000_000,
    make: (source, context) => new JsonLinesEncoder(source, context, 'bench'),
    count: (bytes) => {
      let lines = 0;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
      return lines;
    },
    decode: (bytes) =>
      bytes
        .toString()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { readonly msg: string })
        .map((fields) => ({ message: fields.msg, fields })),
  },
  otlp: {
    name: 'ring → OTLP protobuf',
    target: 8_000_000,
    make: (source, context) => new OtlpProtobufEncoder(source, context, { 'service.name': 'bench' }),
    count: (bytes) => countLogRecords(bytes),
    decode: (bytes) =>
      decodeProtobufRequest(bytes).map(({ body, attributes }) => ({ message: body as string, fields: attributes as Fields })),
  },
};

/** 25 MB of frames. */
const RECORDS = 200_000;

await runCase(async ({ parameter, byEffort }) => {
  const format = FORMATS[parameter];
  const records = byEffort(10_000, RECORDS);
  const contenders = {
    orders: prefilled(format, WORKLOADS.orders, records),
    longDigits: prefilled(format, WORKLOADS.longDigits, records),
    texts: prefilled(format, bookOf('book-20-texts'), records / 20, records),
    numbers: prefilled(format, bookOf('book-20-numbers'), records / 20, records),
    objects: prefilled(format, bookOf('book-20-objects'), records / 20, records),
  };
  const samples = await alternate(
    {
      orders: () => contenders.orders.round(),
      longDigits: () => contenders.longDigits.round(),
      texts: () => contenders.texts.round(),
      numbers: () => contenders.numbers.round(),
      objects: () => contenders.objects.round(),
    },
    { rounds: byEffort(2, 11, 41), warmUps: byEffort(1, 4) },
  );
  const figure = (name: string, rates: number[], bytes: number): Figure => ({
    name: `${format.name}, ${name}`,
    unit: 'records/s',
    better: 'higher',
    samples: rates,
    target: format.target,
    note: `${Math.round(bytes)} B a record`,
  });
  /** Time for a byte of the output, in terms of flat records. */
  const perByte = (name: 'texts' | 'numbers' | 'objects'): Figure => ({
    name: `${format.name}, book of 20 + 20 as ${name}: a byte, of a flat record's`,
    unit: '×',
    better: 'lower',
    samples: samples.orders.map(
      (rate, i) => (rate * contenders.orders.bytesPerRecord) / (samples[name][i] * contenders[name].bytesPerRecord),
    ),
    target: 1,
    note: `${Math.round(contenders[name].bytesPerRecord)} B a record`,
  });
  return {
    figures: [
      figure('5 fields', samples.orders, contenders.orders.bytesPerRecord),
      figure('5 fields, a price of 17 digits', samples.longDigits, contenders.longDigits.bytesPerRecord),
      perByte('texts'),
      perByte('numbers'),
      perByte('objects'),
    ],
    proof: Object.values(contenders).map(({ proof }) => proof),
  };
});

function bookOf(name: string): Workload {
  const { fields } = NESTED[name];
  return {
    bind: (log) => (from, to) => {
      for (let i = from; i < to; i++) log.info('market data', fields);
    },
    expected: () => ({ message: 'market data', fields: fields as Fields }),
  };
}

interface Prefilled {
  /** Encodes the whole ring; records/s. */
  round(): number;
  readonly bytesPerRecord: number;
  readonly proof: string;
}

function prefilled(format: Format, workload: Workload, records: number, ringRecords = records): Prefilled {
  const lane = openBareLane(ringRecords);
  workload.bind(lane.log)(0, records);
  const clock = new AnchoredClock();
  const source = new LaneSource(lane.producer.memory, 'logs', ONE_DESTINATION, clock, DEFAULTS.attributeCountLimit);
  const { attributeLimit, tracker } = source;
  const encoder = format.make(source, { lane: 'logs', clock, attributeLimit, sequenceOf: tracker.full });
  const memory = new SharedArrayBuffer(DEFAULT_SLOT_BYTES);
  const output: Output = { bytes: new Uint8Array(memory), view: new DataView(memory), position: 0, limit: memory.byteLength };
  const whole = (onFull: (bytes: Buffer) => void) => {
    lane.reread('logs');
    output.position = 0;
    while (source.scan() > 0) {
      for (let from = 0; from < source.count; ) {
        from = encoder.encode(source.frames, from, source.count, output);
        if (from === source.count) break;
        onFull(Buffer.from(memory, 0, output.position));
        output.position = 0;
      }
      source.release();
    }
    onFull(Buffer.from(memory, 0, output.position));
  };

  let bytes = 0;
  let counted = 0;
  whole((piece) => {
    const decoded = format.decode(Buffer.from(piece));
    for (const [i, record] of decoded.entries()) proveRecord(counted + i, record, workload.expected(counted + i));
    prove(decoded.length === format.count(piece), 'counting and decoding agree');
    counted += decoded.length;
    bytes += piece.length;
  });
  return {
    round: () => {
      const start = nanos();
      whole(() => {});
      return records / ((nanos() - start) / 1e9);
    },
    bytesPerRecord: bytes / records,
    proof: prove(counted === records, `${records} records in the ring, ${counted} decoded from the output and compared`),
  };
}
