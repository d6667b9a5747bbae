/** The limit of a shutdown, where a destination accepts a request and never answers it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { createLogging } from '../../src/index.ts';

test.each(['http/protobuf', 'http/json'] as const)(
  'a worker whose backends have given up is ended at once, whatever request is under way (%s)',
  async (protocol) => {
    const asked = new Set<string>();
    const server = createServer((request) => void asked.add(request.url!)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    const terminatedInTurn = Promise.withResolvers<boolean>();
    const onWorker = (worker: Worker) => {
      let isTerminated = false;
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        isTerminated = true;
        return terminate();
      };
      worker.on('message', (message: { readonly type: string }) => {
        if (message.type === 'closed') setImmediate(() => terminatedInTurn.resolve(isTerminated));
      });
    };
    process.on('worker', onWorker);
    onTestFinished(() => void process.off('worker', onWorker));
    const logging = createLogging({
      handleExits: false,
      diagnosticLevel: 'none',
      backends: { otlp: { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, protocol } },
    });
    await logging.ready;
    logging.getLogger('gateway').error('quote');
    expect(await logging.shutdown({ timeoutMillis: 1_000 })).toMatchObject({ complete: false, dropped: 1 });
    expect([...asked].sort()).toEqual(['/v1/logs', '/v1/metrics']);
    expect(await terminatedInTurn.promise).toBe(true);
  },
  30_000,
);
