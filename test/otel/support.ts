/**
 * An instance with a worker, a JSON file and a collector that decodes: what libraries emit is looked for where it ends.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { LoggingConfig } from '../../src/config/types.ts';
import { createLogging } from '../../src/logging.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { type OtlpRecord, startOtlpServer } from '../support/otlp-server.ts';

export interface Delivered {
  readonly lines: readonly Record<string, unknown>[];
  readonly records: readonly OtlpRecord[];
}

export async function openPipeline(config: LoggingConfig = {}) {
  const folder = temporaryFolder();
  const server = closeAfterTest(await startOtlpServer());
  const metricsUrl = await startMetricsSink();
  const logging = createLogging({
    service: { name: 'otel-test' },
    level: 'trace',
    handleExits: false,
    ...config,
    backends: {
      file: { level: 'trace', path: `${folder.path}/app.jsonl`, format: 'json', rotation: 'none' },
      otlp: { level: 'trace', endpoint: server.url, metricsEndpoint: metricsUrl },
      console: { enabled: false },
      audit: { enabled: false },
      ...config.backends,
    },
  });
  onTestFinished(async () => {
    await logging.shutdown();
    folder[Symbol.dispose]();
  });
  /** Everything written so far, as both ends have it, in the order of the calls. */
  async function delivered(): Promise<Delivered> {
    const report = await logging.flush({ timeoutMillis: 25_000 });
    if (!report.complete) throw new Error(`flush incomplete: ${JSON.stringify(logging.health())}`);
    if (server.undecodable.length > 0) throw server.undecodable[0];
    return { lines: jsonLinesIn(folder.path, 'app'), records: server.received };
  }
  return { logging, server, folder: folder.path, delivered };
}

/** Takes whatever metrics the instance has of its own. */
async function startMetricsSink(): Promise<string> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
}

/** As JSON has it: 64-bit integers that a double holds are numbers, maps have a prototype. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? Number(each) : each)));
}
