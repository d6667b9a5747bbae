/**
 * A collector that is away for long, with the service restarted and killed inside, at a rate: what is there at the end, how fast it came, and what it cost in memory.
 *
 * HFT_LONG_OUTAGE_SECONDS (default 2) and HFT_LONG_OUTAGE_RATE, records a second and a tenth as many events (default 2,000). By hand: 600 and 10000.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Produced, ProducingService } from './producing-service.ts';
import { temporaryFolder } from './support.ts';

const SECONDS = Number(process.env.HFT_LONG_OUTAGE_SECONDS ?? 2);
const RATE = Number(process.env.HFT_LONG_OUTAGE_RATE ?? 2_000);

type Lane = 'logs' | 'audits';

/** Numbers left out after a kill: more than were called and not told of. */
const LEFT_OUT = { logs: 100_000, audits: 10_000 };

/** The start of the attribute `i` in a request, up to its number: key, value, integer. Its length stands in between. */
const ATTRIBUTE = Buffer.from([0x0a, 0x01, 0x69, 0x12]);

/** A collector that takes the numbers out of requests, and decodes nothing else: it is to be faster than what it measures. */
class Collector {
  readonly seen = { logs: new Uint8Array(1 << 24), audits: new Uint8Array(1 << 24) };
  readonly arrived = { logs: 0, audits: 0 };
  #server: http.Server | undefined;
  #port = 0;

  async start(): Promise<void> {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#take(Buffer.concat(chunks), request.headers['x-hft-lane'] === 'audit' ? 'audits' : 'logs');
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #take(body: Buffer, lane: Lane): void {
    for (let at = body.indexOf(ATTRIBUTE); at >= 0; at = body.indexOf(ATTRIBUTE, at + 4)) {
      if (body[at + 5] !== 0x18) continue;
      let [number, shift, next] = [0, 0, at + 6];
      for (; body[next]! >= 0x80; next++, shift += 7) number += (body[next]! & 0x7f) * 2 ** shift;
      number += body[next]! * 2 ** shift;
      if (this.seen[lane][number] === 0) this.arrived[lane]++;
      this.seen[lane][number] = 1;
    }
  }
}

class Service extends ProducingService {
  constructor(url: string, folder: string, from: Produced) {
    super({ url, folder, from, further: [5_000, RATE] });
  }

  async runs(): Promise<void> {
    await expect.poll(() => this.last.logs, { timeout: 60_000 }).toBeGreaterThan(this.from.logs + RATE / 10);
  }

  /** Of the process's own memory and of what it maps, MiB. */
  get residentMib(): number {
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))!;
    return Number(kib) / 1_024;
  }
}

test(
  `a collector away for ${SECONDS} s at ${RATE} records/s, with a restart and a kill inside: all is there, or counted`,
  async () => {
    const folder = temporaryFolder();
    const collector = new Collector();
    await collector.start();
    onTestFinished(() => collector.stop());
    const settleMillis = Math.min(15_000, (SECONDS * 1_000) / 6);
    const growths: number[] = [];
    /** What a service grows by from when it has settled. */
    const away = async (service: Service, millis: number) => {
      await sleep(settleMillis);
      const before = service.residentMib;
      await sleep(millis - settleMillis);
      growths.push(service.residentMib - before);
    };
    const first = new Service(collector.url, folder, { logs: 0, audits: 0, lost: 0 });
    await first.runs();
    await collector.stop();
    await away(first, SECONDS * 333);
    const one = await first.end('stop');
    const second = new Service(collector.url, folder, one);
    await second.runs();
    await away(second, SECONDS * 333);
    const two = await second.end('kill');
    const third = new Service(collector.url, folder, {
      logs: two.logs + LEFT_OUT.logs,
      audits: two.audits + LEFT_OUT.audits,
      lost: 0,
    });
    await third.runs();
    await away(third, SECONDS * 333);
    const backlog =
      third.last.logs - LEFT_OUT.logs + third.last.audits - LEFT_OUT.audits - collector.arrived.logs - collector.arrived.audits;
    const backAt = performance.now();
    await collector.start();
    const missing = (lane: Lane, upTo = third.last[lane]) => {
      let count = 0;
      for (let n = 0; n < upTo; n++) {
        if (n >= two[lane] && n < two[lane] + LEFT_OUT[lane]) continue;
        if (collector.seen[lane][n] === 0) count++;
      }
      return count;
    };
    const atReturn = third.last;
    await expect
      .poll(() => missing('audits', atReturn.audits) + missing('logs', atReturn.logs) - one.lost - third.last.lost, {
        timeout: 60_000 + SECONDS * 2_000,
        interval: 500,
      })
      .toBeLessThanOrEqual(0);
    const seconds = (performance.now() - backAt) / 1_000;
    const three = await third.end('stop');
    const lost = one.lost + three.lost;
    const [logs, audits] = [missing('logs', three.logs), missing('audits', three.audits)];
    console.log(
      `away ${SECONDS} s at ${RATE}/s: ${three.audits - LEFT_OUT.audits} events, ${audits} missing; ${three.logs - LEFT_OUT.logs} records, ${logs} missing, ${lost} counted; ` +
        `a backlog of ${backlog} was there after ${seconds.toFixed(1)} s, ${(1 + backlog / seconds / (RATE * 1.1)).toFixed(1)} times the live rate; grown by ${growths.map((mib) => mib.toFixed(0)).join(', ')} MiB`,
    );
    expect(audits).toBe(0);
    expect(logs).toBeLessThanOrEqual(lost);
  },
  600_000 + SECONDS * 4_000,
);
