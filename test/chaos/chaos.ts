/**
 * Chaos: a service that is killed and stopped at random moments, on a disk that is full now and then, while its collector goes away, hangs and refuses; and at the
 * end an exact account of what was called against what has arrived.
 *
 * What happens when follows from the seed. How far a program has got by then does not.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Answer, type OtlpServer, startOtlpServer } from '../support/otlp-server.ts';
import { randomOf } from '../support/random.ts';
import { Arrived, arrivedInFile, type Called, type PlaceAccount } from './account.ts';
import { type ServiceOptions, THREADS } from './service-options.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly millis: number;
  /** Calls of each of two threads. */
  readonly perSecond?: number;
  /** Told of each event as it happens. */
  readonly onEvent?: (text: string) => void;
}

export interface ChaosAccount {
  readonly called: { readonly logs: number; readonly audits: number };
  readonly events: Readonly<Record<string, number>>;
  readonly file: PlaceAccount;
  readonly audit: PlaceAccount & { readonly gaps: number };
  readonly collectorLogs: PlaceAccount;
  readonly collectorAudits: PlaceAccount;
  /** Lines that are no JSON. A disk that is full cuts a line, which is written again whole. */
  readonly torn: number;
  /** Folders of runs that nobody has recovered. */
  readonly left: readonly string[];
  /** What is wrong; empty: every call has arrived, or is counted in a mark. */
  readonly faults: readonly string[];
}

const PROGRAM = join(import.meta.dirname, 'service.ts');
const AUDIT_EVERY = 10;
/** Longest of each wait when everything works again: for a recovery, for what is left. */
const SETTLE_MILLIS = 200_000;
/** Of a disk that can be filled, beside what the run writes. */
const SPARE_BYTES = 64 * 1024 * 1024;

const AWAY: readonly (Answer | 'refused')[] = [
  'refused',
  { kind: 'silence' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '1' },
  { kind: 'reset' },
  { kind: 'half' },
];

export async function chaos(options: ChaosOptions): Promise<ChaosAccount> {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-chaos-'));
  const run = new ChaosRun(folder, options, await startOtlpServer());
  try {
    return await run.run();
  } finally {
    await run.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The service writes meanwhile: nearly all at once, and the rest as it comes. */
function fillDisk(disk: string, path: string): void {
  for (let spareBytes = 4 * 1024 * 1024; ; spareBytes *= 2) {
    const { bavail, bsize } = statfsSync(disk);
    const { status } = spawnSync('fallocate', ['-l', String(Math.max(4_096, bavail * bsize - spareBytes)), path], {
      stdio: 'ignore',
    });
    if (status === 0) break;
  }
  try {
    for (;;) appendFileSync(path, Buffer.alloc(65_536));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

class ChaosRun {
  readonly #folder: string;
  readonly #disk: string;
  readonly #options: ChaosOptions;
  readonly #server: OtlpServer;
  readonly #random: () => number;
  readonly #events: Record<string, number> = {};
  readonly #collector = new Arrived();
  readonly #startedMillis = Date.now();
  #isMounted = false;
  #lives = 0;
  #service: ChildProcess | undefined;
  #isRecovered = false;

  constructor(folder: string, options: ChaosOptions, server: OtlpServer) {
    this.#folder = folder;
    this.#disk = join(folder, 'disk');
    this.#options = options;
    this.#server = server;
    this.#random = randomOf(options.seed);
    mkdirSync(this.#disk);
    this.#mount();
  }

  async run(): Promise<ChaosAccount> {
    const { millis } = this.#options;
    await this.#start();
    while (Date.now() - this.#startedMillis < millis) {
      await sleep(200 + this.#random() * Math.min(3_000, millis / 10));
      await this.#event();
      this.#take();
    }
    this.#tell('settling');
    if (this.#service === undefined) await this.#start();
    await this.#settle();
    return this.#account();
  }

  async dispose(): Promise<void> {
    if (this.#service !== undefined) await this.#end('SIGKILL');
    await this.#server.stop();
    if (this.#isMounted) execFileSync('umount', [this.#disk]);
  }

  /** A disk of its own that can be filled. Needs root; elsewhere no disk is filled, and the account says so. */
  #mount(): void {
    const { millis, perSecond = 500 } = this.#options;
    const bytes = SPARE_BYTES + Math.ceil((millis / 1_000) * perSecond * THREADS * 1_000);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.#disk], { stdio: 'ignore' });
      this.#isMounted = true;
    } catch {
      this.#events['no disk to fill'] = 1;
    }
  }

  #tell(what: string): void {
    this.#options.onEvent?.(`${((Date.now() - this.#startedMillis) / 1_000).toFixed(1)} s: ${what}`);
  }

  #count(event: string): void {
    this.#events[event] = (this.#events[event] ?? 0) + 1;
    this.#tell(event);
  }

  async #event(): Promise<void> {
    const choice = this.#random();
    if (choice < 0.35) await this.#end('SIGKILL');
    else if (choice < 0.5) await this.#end('SIGTERM');
    else if (choice < 0.65 && this.#isMounted) await this.#fill();
    else await this.#away();
    if (this.#service === undefined) await this.#start();
  }

  async #start(): Promise<void> {
    const { perSecond = 500 } = this.#options;
    const life = this.#lives++;
    const countsPath = this.#countsPath(life);
    writeFileSync(countsPath, Buffer.alloc(THREADS * 16));
    const service: ServiceOptions = {
      life,
      countsPath,
      runs: join(this.#folder, 'runs'),
      disk: this.#disk,
      url: this.#server.url,
      perSecond,
      auditEvery: AUDIT_EVERY,
    };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(service)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, HFT_PERSISTENCE: 'true' },
    });
    this.#service = child;
    this.#isRecovered = false;
    const isReady = new Promise<void>((resolve, reject) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        if (chunk.includes('ready')) resolve();
        if (chunk.includes('recovered')) this.#isRecovered = true;
      });
      child.once('close', () => reject(new Error(`service ${life} has ended by itself`)));
    });
    // Now and then it is ended before it is ready: in its start, or in its recovery.
    if (this.#random() < 0.8) await isReady;
    else {
      isReady.catch(() => {});
      await sleep(this.#random() * 600);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#service!;
    this.#service = undefined;
    this.#count(signal);
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  }

  async #fill(): Promise<void> {
    const filler = join(this.#disk, 'filler');
    this.#count('disk full');
    fillDisk(this.#disk, filler);
    await sleep(300 + this.#random() * 3_000);
    if (this.#random() < 0.3) await this.#end('SIGKILL');
    rmSync(filler);
  }

  async #away(): Promise<void> {
    const kind = AWAY[Math.floor(this.#random() * AWAY.length)]!;
    this.#count(`collector ${kind === 'refused' ? kind : kind.kind === 'status' ? kind.status : kind.kind}`);
    if (kind === 'refused') await this.#server.stop();
    else this.#server.answerAlways(kind);
    const millis = 200 + this.#random() * Math.min(8_000, this.#options.millis / 5);
    await sleep(millis / 2);
    if (this.#random() < 0.4) {
      await this.#end(this.#random() < 0.6 ? 'SIGKILL' : 'SIGTERM');
      await this.#start();
    }
    await sleep(millis / 2);
    if (kind === 'refused') await this.#server.restart();
    this.#server.answerAlways({ kind: 'ok' });
  }

  /** The collector's records so far: kept as numbers only. */
  #take(): void {
    for (const { attributes, timeUnixNanos } of this.#server.received.splice(0)) {
      const { life, thread, n, lost } = attributes;
      if (lost !== undefined) this.#collector.mark('logs', `${timeUnixNanos} ${inspect(attributes)}`, Number(lost));
      if (life === undefined) continue;
      this.#collector.add(attributes['hft.audit'] === true ? 'audits' : 'logs', Number(life), Number(thread), Number(n));
    }
  }

  /** Everything works: waits until a service has recovered and delivered what all have left. */
  async #settle(): Promise<void> {
    await this.#until('recovered', () => this.#isRecovered);
    await this.#end('SIGTERM');
    // The last one: it finds nothing of its predecessor but what a thread that was cut off has left.
    await this.#start();
    const called = this.#called();
    const isThere = () => {
      this.#take();
      return (['logs', 'audits'] as const).every((lane) => {
        const { missing, marked } = this.#collector.account(called, lane);
        return missing <= marked;
      });
    };
    await this.#until('recovered, and all at the collector', () => this.#isRecovered && isThere());
    await this.#end('SIGTERM');
    await this.#start();
    await this.#until('recovered', () => this.#isRecovered);
    await this.#end('SIGTERM');
    this.#take();
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + SETTLE_MILLIS;
    while (!isSo()) {
      if (Date.now() > deadline) return this.#tell(`not in ${SETTLE_MILLIS} ms: ${what}`);
      await sleep(500);
    }
    this.#tell(what);
  }

  #countsPath(life: number): string {
    return join(this.#folder, `counts.${life}`);
  }

  /** Of all services but the last two, which end with the run. */
  #called(): readonly Called[] {
    return Array.from({ length: this.#lives - 1 }, (_, life) => {
      const bytes = readFileSync(this.#countsPath(life));
      const counts = new Float64Array(bytes.buffer, bytes.byteOffset, THREADS * 2);
      return Array.from({ length: THREADS }, (_, thread) => ({
        life,
        thread,
        logs: counts[thread * 2]!,
        audits: counts[thread * 2 + 1]!,
      }));
    }).flat();
  }

  async #account(): Promise<ChaosAccount> {
    const called = this.#called();
    const total = (lane: 'logs' | 'audits') => called.reduce((sum, { [lane]: count }) => sum + count, 0);
    const app = await arrivedInFile(join(this.#disk, 'app.jsonl'), 'logs');
    const audit = await arrivedInFile(join(this.#disk, 'audit.jsonl'), 'audits');
    const runs = join(this.#folder, 'runs');
    const account = {
      called: { logs: total('logs'), audits: total('audits') },
      events: this.#events,
      file: app.arrived.account(called, 'logs'),
      audit: { ...audit.arrived.account(called, 'audits'), gaps: audit.gaps },
      collectorLogs: this.#collector.account(called, 'logs'),
      collectorAudits: this.#collector.account(called, 'audits'),
      torn: app.arrived.torn + audit.arrived.torn,
      left: existsSync(runs) ? readdirSync(runs) : [],
    };
    return { ...account, faults: faultsOf(account) };
  }
}

function faultsOf({ file, audit, collectorLogs, collectorAudits, left }: Omit<ChaosAccount, 'faults'>): readonly string[] {
  const unaccounted = (name: string, { missing, marked, samples }: PlaceAccount, mayBeMarked: boolean) =>
    missing > (mayBeMarked ? marked : 0)
      ? [`${name}: ${missing} missing, ${marked} of them in marks (${samples.join('; ')})`]
      : [];
  return [
    ...unaccounted('log records in the file', file, true),
    ...unaccounted('audit events in the file', audit, false),
    ...unaccounted('log records at the collector', collectorLogs, true),
    ...unaccounted('audit events at the collector', collectorAudits, false),
    ...(audit.gaps === 0 ? [] : [`audit numbers: ${audit.gaps} gaps`]),
    ...(left.some((name) => name.endsWith('.damaged')) ? [`damaged runs: ${left.join(', ')}`] : []),
  ];
}
