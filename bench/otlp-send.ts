/**
 * How many bytes a second go out over OTLP/HTTP: our sink, which uses OpenTelemetry's transport, against a bare `node:http` request of the same
 * bytes; loopback, to a server in a process of its own that reads and discards.
 *
 *   node bench/otlp-send.ts [seconds per figure] [requests under way]
 *
 * The bytes stand in shared memory, as in an outbox. Wall time includes the server's share of the machine; `cpu` is the sending thread's own time
 * per MiB (process.threadCpuUsage, Node 23.9 or later), which is what the worker pays.
 */
import { fork } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { OtlpHttpSink } from '../src/backends/otlp/http-sink.ts';

const MIB = 1_048_576;
const SIZES = [256 * 1024, 512 * 1024, MIB];

if (process.send !== undefined) serve();
else await measure();

function serve(): void {
  const server = http.createServer((request, response) => {
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
    request.resume();
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port));
  process.on('disconnect', () => process.exit());
}

async function measure(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 2);
  const concurrency = Number(process.argv[3] ?? 2);
  const child = fork(fileURLToPath(import.meta.url));
  const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve(message as number)));
  const url = `http://127.0.0.1:${port}/v1/logs`;
  console.log(`Node ${process.version}, ${concurrency} requests under way, ${seconds} s a figure`);
  for (const size of SIZES) {
    const slots = Array.from({ length: concurrency + 1 }, () => new Uint8Array(new SharedArrayBuffer(size)).fill(97));
    const bare = bareSender(url);
    const sink = new OtlpHttpSink({ url, timeoutMillis: 10_000 });
    const official = async (bytes: Uint8Array) => {
      const outcome = await sink.write({ bytes, records: 1 });
      if (outcome.status !== 'success') throw new Error(JSON.stringify(outcome));
    };
    for (const [name, send] of [
      ['bare request', bare.send],
      ['transport', official],
      ['bare request', bare.send],
      ['transport', official],
    ] as const) {
      await run(send, slots, concurrency, 0.3);
      const { bytes, wallSeconds, cpuMicros } = await run(send, slots, concurrency, seconds);
      const rate = bytes / wallSeconds / 1e6;
      console.log(
        `${String(size / 1024).padStart(5)} KiB  ${name.padEnd(12)} ${rate.toFixed(0).padStart(6)} MB/s  cpu ${(cpuMicros / (bytes / MIB)).toFixed(0).padStart(5)} µs/MiB`,
      );
    }
    bare.close();
    await sink.close();
  }
  child.disconnect();
}

type Send = (bytes: Uint8Array) => Promise<void>;

async function run(send: Send, slots: readonly Uint8Array[], concurrency: number, seconds: number) {
  const started = performance.now();
  const cpu = process.threadCpuUsage?.() ?? process.cpuUsage();
  const end = started + seconds * 1_000;
  let bytes = 0;
  const lane = async (first: number) => {
    for (let i = first; performance.now() < end; i++) {
      const slot = slots[i % slots.length];
      await send(slot);
      bytes += slot.length;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, i) => lane(i)));
  const used = process.threadCpuUsage?.(cpu) ?? process.cpuUsage(cpu as NodeJS.CpuUsage);
  return { bytes, wallSeconds: (performance.now() - started) / 1_000, cpuMicros: used.user + used.system };
}

/** The least that Node can do: one request, its length given, its body in one write. */
function bareSender(url: string): { send: Send; close(): void } {
  const agent = new http.Agent({ keepAlive: true });
  const send: Send = (bytes) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf', 'content-length': bytes.length };
      const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.on('end', resolve);
      });
      request.on('error', reject);
      request.end(bytes);
    });
  return { send, close: () => agent.destroy() };
}
