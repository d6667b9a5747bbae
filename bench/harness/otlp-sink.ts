/**
 * A collector that reads and discards, in a process of its own: it counts requests, bytes and the log records in them (by walking the message,
 * without decoding records), and keeps the last request for whoever wants to decode it.
 *
 *   const sink = await startOtlpSink();   sink.endpoint   await sink.count()   sink.stop()
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface SinkCount {
  readonly requests: number;
  readonly bytes: number;
  readonly records: number;
  /** Body of the newest request. */
  readonly newest: Uint8Array;
}

export interface OtlpSink {
  /** Base URL for an exporter. */
  readonly endpoint: string;
  count(): Promise<SinkCount>;
  stop(): void;
}

/** Field numbers from the request down to its log records: ExportLogsServiceRequest, ResourceLogs, ScopeLogs. */
const PATH_TO_RECORDS = [1, 2, 2];
const LENGTH_DELIMITED = 2;

export async function startOtlpSink(): Promise<OtlpSink> {
  const child = fork(fileURLToPath(import.meta.url), { serialization: 'advanced', execArgv: [] });
  const { port } = await answer<{ port: number }>(child);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    count: () => {
      const counted = answer<SinkCount>(child);
      child.send('count');
      return counted;
    },
    stop: () => child.disconnect(),
  };
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

/** How many log records the message in `bytes` holds between `from` and `to`. */
export function countLogRecords(bytes: Uint8Array, from = 0, to = bytes.length, depth = 0): number {
  let at = from;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  let records = 0;
  while (at < to) {
    const tag = varint();
    if ((tag & 7) !== LENGTH_DELIMITED) throw new Error(`A field of wire type ${tag & 7} at byte ${at} of an OTLP request.`);
    const length = varint();
    if (tag >> 3 === PATH_TO_RECORDS[depth]) records += depth === 2 ? 1 : countLogRecords(bytes, at, at + length, depth + 1);
    at += length;
  }
  if (at !== to) throw new Error(`An OTLP message ends at byte ${at} in place of ${to}.`);
  return records;
}

function serve(): void {
  let requests = 0;
  let bytes = 0;
  let records = 0;
  let newest: Uint8Array = new Uint8Array(0);
  const take = (body: Buffer) => {
    requests++;
    bytes += body.length;
    records += countLogRecords(body);
    newest = body;
  };
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // Metrics come here too, and are none of these figures' business.
      if (request.url === '/v1/logs') take(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
  process.on('message', () => process.send!({ requests, bytes, records, newest } satisfies SinkCount));
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve();
