import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';

/** A worker that was asked for a flush it had answered already answered none after it. Seen with OTLP on loopback, after 6 to 31 flushes. */
test('a thousand flushes, each right behind the other, are all answered', async () => {
  const sink = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => sink.once('listening', resolve));
  const endpoint = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const logging = createLogging({ backends: { otlp: { endpoint } }, handleExits: false });
  const logger = logging.getLogger('flushes');
  await logging.ready;
  for (let i = 0; i < 1_000; i++) {
    for (let j = 0; j < 20; j++) logger.info('tick', { i, j });
    expect((await logging.flush({ timeoutMillis: 60_000 })).complete, `flush ${i}`).toBe(true);
  }
  expect(logging.health().backends.otlp.delivered).toBe(20_000);
  await logging.shutdown();
  sink.close();
  sink.closeAllConnections();
}, 180_000);
