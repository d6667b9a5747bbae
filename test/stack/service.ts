// Services that log with our package, as processes of their own beside the stack.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Health, LoggingConfig } from '../../src/index.ts';

export interface ServiceOrder {
  readonly config: LoggingConfig;
  readonly logsPerSecond: number;
  readonly auditsPerSecond: number;
  /** How many in all. Default: until it is stopped. */
  readonly logs?: number;
  readonly audits?: number;
  /**
   * The service waits while so many records are on their way, or while a quarter of its ring is used, so that nothing is dropped on a busy machine, nor while its
   * worker is replaced. Default: it never waits.
   */
  readonly maxPending?: number;
  /** It logs what is due so often: all at once, so a long tick is a burst. Default: 5. */
  readonly tickMillis?: number;
  /** What placing an order takes, in µs. Default: from 0 to 999, by the order's number. */
  readonly placementMicros?: number;
}

/** `die`: its worker is to end, for which it needs {@link KILLER}. */
export type Command = 'stop' | 'health' | 'die' | 'close';
export type Answer =
  | { readonly type: 'stopped'; readonly logs: number; readonly audits: number }
  | { readonly type: 'health'; readonly health: Health };

/** To be merged into the configuration of a service whose worker is to die. */
export const KILLER = {
  backends: { killer: { module: new URL('../process/programs/killer.ts', import.meta.url).href } },
  routes: [{ when: { logger: 'killer' }, to: ['killer'], final: true }],
} satisfies LoggingConfig<'killer'>;

export interface Produced {
  readonly logs: number;
  readonly audits: number;
}

export interface Service {
  readonly pid: number;
  /** How many records it has made: when it has made all of its order, or was stopped. */
  readonly produced: Promise<Produced>;
  /** It makes no more. */
  stop(): Promise<Produced>;
  health(): Promise<Health>;
  /** Its worker ends, and is replaced. */
  die(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Waits until nothing of what it has made is on its way any more: delivered, or counted as lost. */
  settled(deadlineMillis: number): Promise<Health>;
  /** Shutdown; answers the last account. */
  close(): Promise<Health>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startService(order: ServiceOrder): Service {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'programs', 'service.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    throw new Error(`The service has ended with ${signal ?? `code ${code}`}.`);
  });
  ended.catch(() => {});
  const answer = <Type extends Answer['type']>(type: Type) =>
    Promise.race([
      ended,
      new Promise<Extract<Answer, { type: Type }>>((resolve) => {
        const hear = (message: Answer) => {
          if (message.type !== type) return;
          child.off('message', hear);
          resolve(message as Extract<Answer, { type: Type }>);
        };
        child.on('message', hear);
      }),
    ]);
  const produced = answer('stopped').then(({ logs, audits }) => ({ logs, audits }));
  produced.catch(() => {});
  const ask = async (command: Command) => {
    const answered = answer('health');
    child.send(command);
    return (await answered).health;
  };
  const health = () => ask('health');
  return {
    pid: child.pid!,
    produced,
    stop() {
      child.send('stop');
      return produced;
    },
    health,
    die: () => void child.send('die'),
    async kill() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
    async settled(deadlineMillis) {
      const deadline = Date.now() + deadlineMillis;
      for (;;) {
        const account = await health();
        if (stillUnderWay(account) === 0) return account;
        if (Date.now() > deadline) throw new Error(`Still under way after ${deadlineMillis} ms: ${JSON.stringify(account)}`);
        await sleep(200);
      }
    },
    async close() {
      const account = await ask('close');
      await ended.catch(() => {});
      return account;
    },
  };
}

function stillUnderWay({ lanes, backends }: Health): number {
  return lanes.logs.pending + lanes.audit.pending + Object.values(backends).reduce((sum, { pending }) => sum + pending, 0);
}

/** Every record that health() declares lost on its way to OTLP: at the ring, and at the backend. */
export function declaredLost({ lanes, backends }: Health): number {
  return lanes.logs.droppedTotal + lanes.audit.droppedTotal + (backends.otlp?.droppedTotal ?? 0);
}
