/**
 * Outage after outage, each of another kind, with the service restarted and killed inside: with memory that outlives the process nothing is missing at the end
 * but what was counted; without it a kill costs what was in memory.
 *
 * HFT_OUTAGES sets how many, HFT_OUTAGE_MILLIS the longest; by default a few short ones. The seed is printed.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { closeAfterTest } from '../support/closing.ts';
import { type Answer, startOtlpServer } from '../support/otlp-server.ts';
import { PATIENCE } from '../support/patience.ts';
import { SEED } from '../support/seed.ts';
import { pem } from '../support/tls-files.ts';
import { type Produced, ProducingService } from './producing-service.ts';
import { temporaryFolder } from './support.ts';

const OUTAGES = Number(process.env.HFT_OUTAGES ?? 6);
const LONGEST_MILLIS = Number(process.env.HFT_OUTAGE_MILLIS ?? 600);

/** `no TLS`: somebody else answers at that address. */
const KINDS: readonly (Answer | 'refused' | 'no TLS')[] = [
  'refused',
  'no TLS',
  { kind: 'reset' },
  { kind: 'reset', early: true },
  { kind: 'silence' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '1' },
  { kind: 'not-http' },
  { kind: 'half' },
  { kind: 'cut', framing: 'length' },
];

describe.each([
  { memory: 'mapped', outages: OUTAGES },
  { memory: 'shared', outages: Math.ceil(OUTAGES / 2) },
])('$outages outages with $memory memory', ({ memory, outages }) => {
  test(`what was called is delivered or declared lost (HFT_SEED=${SEED})`, async () => {
    const isMapped = memory === 'mapped';
    let state = SEED;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const server = closeAfterTest(
      await startOtlpServer({ tls: { cert: readFileSync(pem('server')), key: readFileSync(pem('server-key')) } }),
    );
    const folder = temporaryFolder();
    /** What each run has produced. Of one that was killed: what it had told of. */
    const runs: { readonly from: Produced; readonly to: Produced; readonly isKilled: boolean }[] = [];
    let lost = 0;
    let from: Produced = { logs: 0, audits: 0, lost: 0 };
    const env = { NODE_EXTRA_CA_CERTS: pem('ca') };
    const start = () => new ProducingService({ url: server.url, folder, from, isMapped, env });
    let service = start();
    const end = async (isKilled: boolean) => {
      const to = await service.end(isKilled ? 'kill' : 'stop');
      runs.push({ from, to, isKilled });
      lost += to.lost;
      // Numbers that it may have given without telling of them are not given again.
      from = isKilled ? { logs: to.logs + 10_000, audits: to.audits + 1_000, lost: 0 } : to;
    };
    for (let outage = 0; outage < outages; outage++) {
      await expect.poll(() => service.last.audits, PATIENCE).toBeGreaterThan(from.audits + 20);
      await sleep(random() * 300);
      const kind = KINDS[Math.floor(random() * KINDS.length)];
      const isGone = kind === 'refused' || kind === 'no TLS';
      if (isGone) await server.stop();
      else server.answerAlways(kind);
      const stranger = kind === 'no TLS' ? await startOtlpServer({ port: server.port }) : undefined;
      const millis = 100 + random() * (LONGEST_MILLIS - 100);
      await sleep(millis / 2);
      const during = random();
      if (during < 0.3) {
        await end(during < 0.1);
        service = start();
      }
      await sleep(millis / 2);
      server.answerAlways({ kind: 'ok' });
      await stranger?.stop();
      if (isGone) await server.restart();
    }
    await end(false);
    // What is left is sent by a last run.
    service = start();
    await expect.poll(() => service.last.audits, PATIENCE).toBeGreaterThan(from.audits + 20);
    const arrived = new Arrivals(server.received);
    const missingOf = (lane: 'logs' | 'audits', isKilled: boolean) =>
      runs.filter((run) => run.isKilled === isKilled).flatMap((run) => [...missingIn(run, lane, arrived)]);
    if (isMapped) {
      const missing = (lane: 'logs' | 'audits') => missingOf(lane, true).length + missingOf(lane, false).length;
      await whileItFalls(() => missing('audits'));
      await whileItFalls(() => missing('logs') - lost);
    }
    await end(false);

    const kills = runs.filter(({ isKilled }) => isKilled).length;
    const [logs, audits] = [arrived.of('logs').size, arrived.of('audits').size];
    const atKills = { logs: missingOf('logs', true), audits: missingOf('audits', true) };
    // What a run that was killed had counted since it last told of it, is told of by marks.
    const marked = server.received.reduce((sum, { attributes: { lost = 0 } }) => sum + Number(lost), 0);
    console.log(
      `seed ${SEED}, ${memory} memory: ${outages} outages, ${runs.length} runs, ${kills} of them killed; ${audits} audit events and ${logs} log records arrived, ${server.received.length - audits - logs} twice, marks or reports; ${lost} declared lost, ${marked} by marks; ${atKills.audits.length} events and ${atKills.logs.length} records were in memory at kills`,
    );
    expect(missingOf('audits', false)).toEqual([]);
    if (isMapped) {
      expect(atKills.audits).toEqual([]);
      expect(missingOf('logs', false).length + atKills.logs.length).toBe(lost);
      return;
    }
    expect(missingOf('logs', false).length).toBe(lost);
    // In shared memory a kill costs what came in the last moment before it, and log records that wait for an answer while the circuit is closed still. The program
    // makes 200 events and 2,000 records a second.
    expect(atKills.audits.every(({ fromEnd }) => fromEnd <= 200)).toBe(true);
    expect(atKills.logs.every(({ fromEnd }) => fromEnd <= 12_000)).toBe(true);
  }, 3_600_000);
});

/** Until nothing is missing, or no more has come for as long as any wait of the tests may take: what waits after many outages takes its time. */
async function whileItFalls(missing: () => number): Promise<void> {
  let [least, since] = [missing(), performance.now()];
  while (least > 0 && performance.now() - since < PATIENCE.timeout) {
    await sleep(1_000);
    const now = missing();
    if (now < least) [least, since] = [now, performance.now()];
  }
}

interface Run {
  readonly from: Produced;
  readonly to: Produced;
}

/** Numbers of what has not come, and how far each is from the end of its run. */
function* missingIn({ from, to }: Run, lane: 'logs' | 'audits', arrived: Arrivals) {
  const seen = arrived.of(lane);
  for (let number = from[lane]; number < to[lane]; number++) {
    if (!seen.has(number)) yield { fromEnd: to[lane] - number, number };
  }
}

/** Numbers of what has come. Each record is looked at once: the server is of this process, and answers nothing meanwhile. */
class Arrivals {
  readonly #received: readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly #numbers = { logs: new Set<number>(), audits: new Set<number>() };
  #next = 0;

  constructor(received: readonly { readonly attributes: Readonly<Record<string, unknown>> }[]) {
    this.#received = received;
  }

  of(lane: 'logs' | 'audits'): ReadonlySet<number> {
    for (; this.#next < this.#received.length; this.#next++) {
      const { attributes } = this.#received[this.#next];
      if (attributes.i !== undefined)
        this.#numbers[attributes['hft.audit'] === true ? 'audits' : 'logs'].add(Number(attributes.i));
    }
    return this.#numbers[lane];
  }
}
