/**
 * How many requests a trickle of records costs, from the call to the collector.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { PATIENCE } from '../support/patience.ts';

async function start(protocol: 'http/protobuf' | 'http/json', requestIntervalMillis: number) {
  const server = closeAfterTest(await startOtlpServer());
  const logging = createLogging({
    backends: { otlp: { logsEndpoint: `${server.url}/v1/logs`, protocol, requestIntervalMillis } },
  });
  closeAfterTest({ close: () => logging.shutdown() });
  await logging.ready;
  return { server, logging, log: logging.getLogger('trickle') };
}

describe.each(['http/protobuf', 'http/json'] as const)('over %s', (protocol) => {
  test('a trickle of records takes a request each requestIntervalMillis and lane, and all arrive', async () => {
    const { server, logging, log } = await start(protocol, 200);
    const started = performance.now();
    for (let n = 0; n < 100; n++) {
      log.info('tick', { n });
      log.audit('tock', { n });
      await sleep(10);
    }
    await logging.flush();
    const intervals = (performance.now() - started) / 200;
    expect(server.received).toHaveLength(200);
    // The first and that of the flush wait for nothing.
    expect(server.requests.length).toBeLessThanOrEqual(2 * (intervals + 2));
  });

  test('the first record after a quiet time waits for nothing, nor does a flush', async () => {
    const { server, logging, log } = await start(protocol, 60_000);
    log.info('first');
    await vi.waitFor(() => expect(server.received).toHaveLength(1), PATIENCE);
    log.info('second');
    expect((await logging.flush()).complete).toBe(true);
    expect(server.received.map(({ body }) => body)).toEqual(['first', 'second']);
  });
});
