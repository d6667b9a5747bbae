/**
 * Where the records of a sustained run arrive, and the proof that they did, given by another process than the one that sent them.
 */
import { join } from 'node:path';
import type { BackendsConfig } from '../../src/config/types.ts';
import type { Fields } from '../../src/record.ts';
import { decodeProtobufRequest } from '../../test/support/otlp-decode.ts';
import type { LoggedRecord } from '../workloads.ts';
import { prove, proveRecord } from './case.ts';
import { startJanitor } from './janitor.ts';
import { proveLines, readLines } from './lines.ts';
import { startOtlpSink } from './otlp-sink.ts';
import { LOG_FILE } from './pipeline.ts';

const MIB = 1_048_576;

/** Some 100 ms of what a worker delivers, so that a moment in which the far end gets no core loses nothing. */
const WAITING_BYTES = 64 * MIB;

export interface FarEnd {
  /** Name of the backend that feeds it. */
  readonly backend: string;
  readonly backends: BackendsConfig;
  /** From here on is counted. */
  mark(): Promise<void>;
  /** Calls `from` to `to - 1` have arrived since the mark, all of them and nothing else; what is there to be looked at is as `expected`. */
  prove(from: number, to: number, expected: (call: number) => LoggedRecord): Promise<string>;
  stop(): void;
}

/**
 * JSON lines, 64 MiB a file. The janitor notes the first and last number of each file set aside and deletes it: from file to file they must follow each
 * other, and the lines of the file that is left are read one by one.
 */
export function fileEnd(directory: string): FarEnd {
  const janitor = startJanitor(directory);
  return {
    backend: 'file',
    backends: {
      file: {
        path: join(directory, LOG_FILE),
        format: 'json',
        level: 'debug',
        rotation: { bytes: 64 * MIB },
        bufferBytes: WAITING_BYTES,
      },
    },
    mark: async () => {},
    prove: async (from, to, expected) => {
      const files = (await janitor.account()).filter(({ lastSequence }) => lastSequence > from);
      prove(files[0].firstSequence <= from + 1, `the files begin with record ${from + 1} or before: ${files[0].firstSequence}`);
      files.slice(1).forEach(({ firstSequence }, i) => {
        prove(firstSequence === files[i].lastSequence + 1, `record ${firstSequence} follows record ${files[i].lastSequence}`);
      });
      const lines = readLines(join(directory, LOG_FILE)).filter(({ seq }) => seq > from);
      return `${files.length} files follow each other from record ${from + 1} to ${to}; ${proveLines(lines, to, expected)}`;
    },
    stop: () => janitor.stop(),
  };
}

/** OTLP protobuf over loopback, to a server that counts the records in each request; the newest request is decoded. */
export async function collectorEnd(): Promise<FarEnd> {
  const sink = await startOtlpSink();
  let marked = 0;
  return {
    backend: 'otlp',
    backends: { otlp: { endpoint: sink.endpoint, queueBytes: WAITING_BYTES } },
    mark: async () => {
      marked = (await sink.count()).records;
    },
    prove: async (from, to, expected) => {
      const { records, newest } = await sink.count();
      const decoded = decodeProtobufRequest(newest);
      // Requests carry no numbers; the newest ends with the last call unless another one overtook it.
      const first = to - decoded.length;
      const prices = new Set(decoded.map(({ attributes }) => attributes.price));
      prove(
        prices.size === new Set(decoded.map((_, i) => expected(first + i).fields.price)).size,
        'the newest request holds the prices of its calls',
      );
      decoded.forEach(({ body, attributes }) => {
        const { message, fields } = expected(0);
        proveRecord(
          first,
          { message: body as string, fields: attributes as Fields },
          { message, fields: { ...fields, price: attributes.price } },
        );
      });
      return prove(
        records - marked === to - from,
        `the server counted ${records - marked} records of ${to - from}; ${decoded.length} decoded and compared`,
      );
    },
    stop: () => sink.stop(),
  };
}
