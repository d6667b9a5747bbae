/**
 * Several addresses in order of preference, against real servers that go away and come back.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Endpoints } from '../../src/backends/otlp/endpoints.ts';
import { OtlpHttpSink } from '../../src/backends/otlp/http-sink.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import type { ByteBatch } from '../../src/contract/sink.ts';
import { closeAfterTest } from '../support/closing.ts';
import { numberedRequest } from '../support/otlp-request.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

/** A machine that is busy with other things takes seconds for an answer. */
const PATIENT_MILLIS = 20_000;

/** Two servers, and a clock that the test turns. */
async function two(timeoutMillis = PATIENT_MILLIS) {
  const servers = [closeAfterTest(await startOtlpServer()), closeAfterTest(await startOtlpServer())];
  const clock = { now: 0 };
  const switches: string[] = [];
  const sinks = servers.map(({ logsUrl }) => closeAfterTest(new OtlpHttpSink({ url: logsUrl, timeoutMillis })));
  const endpoints = new Endpoints<ByteBatch>(
    sinks.map((sink, index) => ({ url: servers[index].logsUrl, write: (batch) => sink.write(batch) })),
    { now: () => clock.now, random: () => 0.99, onSwitch: (message) => switches.push(message) },
  );
  let sent = 0;
  /** Sends a batch of one record, and says which servers have it. */
  const send = async () => {
    const before = servers.map(({ received }) => received.length);
    const outcome = await endpoints.write(numberedRequest(1, sent++));
    return { outcome, to: servers.map(({ received }, index) => received.length - before[index]) };
  };
  return { servers, clock, switches, send };
}

describe('endpoints', () => {
  test('records go to the first address, and to the second at once when the first is away', async () => {
    const { servers, send } = await two();
    expect(await send()).toEqual({ outcome: { status: 'success' }, to: [1, 0] });
    await servers[0].stop();
    expect(await send()).toEqual({ outcome: { status: 'success' }, to: [0, 1] });
  });

  test('an address that hangs is left out after it has hung three times, and used again after three good probes', async () => {
    const { servers, clock, send, switches } = await two(2_000);
    servers[0].answerAlways({ kind: 'silence' });
    for (let i = 0; i < 3; i++) {
      expect((await send()).to).toEqual([0, 1]);
      clock.now += 300;
    }
    const asked = servers[0].requests.length;
    expect((await send()).to).toEqual([0, 1]);
    expect(servers[0].requests.length).toBe(asked);
    servers[0].answerAlways({ kind: 'ok' });
    const answers: number[] = [];
    for (let i = 0; i < 3; i++) {
      clock.now += 1_000;
      answers.push((await send()).to[0]);
      // Between probes, the others go to where they are safe.
      if (i < 2) expect((await send()).to).toEqual([0, 1]);
    }
    expect(answers).toEqual([1, 1, 1]);
    expect((await send()).to).toEqual([1, 0]);
    expect(switches).toHaveLength(2);
    expect(switches[0]).toContain('does not take records');
    expect(switches[1]).toContain('answers again');
  });

  test('with every address away the batch is refused for now, and the first one that is back has it', async () => {
    const { servers, clock, send } = await two();
    await Promise.all(servers.map((server) => server.stop()));
    for (let i = 0; i < 6; i++) {
      expect((await send()).outcome.status).toBe('retryable');
      clock.now += 100;
    }
    await servers[1].restart();
    // No address is due to be tried: what is sent all the same is a probe of the engine's, and tries them all.
    expect(await send()).toEqual({ outcome: { status: 'success' }, to: [0, 1] });
  });

  test('wrong credentials and wrong paths are of one address; a broken request is broken everywhere', async () => {
    const { servers, send } = await two();
    for (const status of [401, 403, 404, 500, 503]) {
      servers[0].answer({ kind: 'status', status });
      expect((await send()).to).toEqual([0, 1]);
    }
    const fresh = await two();
    fresh.servers[0].answer({ kind: 'status', status: 400 });
    expect(await fresh.send()).toMatchObject({ outcome: { status: 'failure', httpStatus: 400 }, to: [0, 0] });
  });

  test('whatever comes and goes, better addresses are asked first, none twice, and the best is used again once all are back', async () => {
    const up = fc.array(
      fc.record({ up: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), millis: fc.nat({ max: 8_000 }) }),
      {
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(up, async (steps) => {
        const clock = { now: 0 };
        let isUp = [true, true, true];
        const tried: number[] = [];
        const endpoints = new Endpoints<number>(
          [0, 1, 2].map((index) => ({
            url: String(index),
            write: async (): Promise<Outcome> => {
              tried.push(index);
              return isUp[index] ? { status: 'success' } : { status: 'retryable' };
            },
          })),
          { now: () => clock.now },
        );
        let down = 0;
        for (const step of steps) {
          isUp = step.up;
          clock.now += step.millis;
          tried.length = 0;
          const { status } = await endpoints.write(1);
          // None is asked twice, and better ones are asked first.
          expect(tried).toEqual([...new Set(tried)].sort());
          if (status === 'success') expect(isUp[tried.at(-1)!]).toBe(true);
          else {
            expect(tried.every((index) => !isUp[index])).toBe(true);
            down++;
          }
          if (isUp.every((each) => !each)) expect(status).toBe('retryable');
        }
        // Once all are back, the first one is used again.
        isUp = [true, true, true];
        for (let i = 0; i < 60; i++) {
          clock.now += 31_000;
          await endpoints.write(1);
        }
        tried.length = 0;
        await endpoints.write(1);
        expect(tried).toEqual([0]);
        expect(down).toBeLessThanOrEqual(steps.length);
      }),
      { numRuns: 200 },
    );
  });
});

test('the addresses of a configuration: logs and audit events go to all, metrics to the first or to `endpoint`', () => {
  const otlp = (config: object) => resolveConfig({ backends: { otlp: config } }, {}).config.backends.otlp;
  const endpoints = ['http://a:1', 'http://b:2/base/'];
  expect(otlp({ endpoints })).toMatchObject({
    logsEndpoints: ['http://a:1/v1/logs', 'http://b:2/base/v1/logs'],
    auditEndpoints: ['http://a:1/v1/logs', 'http://b:2/base/v1/logs'],
    metrics: { endpoint: 'http://a:1/v1/metrics' },
  });
  expect(otlp({ endpoints, endpoint: 'http://m:3', auditEndpoint: 'http://c:4/x' })).toMatchObject({
    logsEndpoints: ['http://a:1/v1/logs', 'http://b:2/base/v1/logs'],
    auditEndpoints: ['http://c:4/x'],
    metrics: { endpoint: 'http://m:3/v1/metrics' },
  });
  expect(() => otlp({ endpoints: [] })).toThrow('an array of 1 to 8');
});
