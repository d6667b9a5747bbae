/**
 * A demo of several processes: workers of a `node:cluster`, each with an exchange and files of its own, one endpoint for the metrics of all, and one account.
 *
 * All have ended trading before the shared page is read, and none shuts down before that.
 */
import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import type { DemoEvents, DemoOptions } from './demo.ts';
import { runDemo } from './demo.ts';
import { type Sample, scrape } from './exposition.ts';
import { mergeProgress, mergeResults } from './merge-results.ts';
import type { DemoProgress, DemoResult } from './result.ts';

type ToProcess = { readonly type: 'run'; readonly options: DemoOptions } | { readonly type: 'stop' | 'end' };
type FromProcess =
  | { readonly type: 'ready' | 'traded' }
  | { readonly type: 'started'; readonly addresses: Parameters<DemoEvents['onStart']>[0] }
  | { readonly type: 'progress'; readonly progress: DemoProgress }
  | { readonly type: 'result'; readonly result: DemoResult };

/** Starts this program once for each process and runs a demo in each. Rejects when one of them ends without its account. */
export async function runProcesses(
  processes: number,
  options: DemoOptions,
  events: DemoEvents,
  signal: AbortSignal,
): Promise<DemoResult> {
  const progress = new Map<number, DemoProgress>();
  const results: DemoResult[] = [];
  let started = 0;
  let traded = 0;
  let samples: readonly Sample[] = [];
  const workers: Worker[] = [];
  const tellAll = (message: ToProcess) => {
    for (const worker of workers) if (worker.isConnected()) worker.send(message);
  };
  signal.addEventListener('abort', () => tellAll({ type: 'stop' }));
  await new Promise<void>((resolve, reject) => {
    const onMessage = async (worker: Worker, number: number, message: FromProcess) => {
      switch (message.type) {
        case 'ready':
          worker.send({ type: 'run', options: optionsOf(options, number) } satisfies ToProcess);
          if (signal.aborted) worker.send({ type: 'stop' } satisfies ToProcess);
          break;
        case 'started':
          if (++started === 1) events.onStart(message.addresses);
          break;
        case 'progress':
          progress.set(number, message.progress);
          if (number === 1) events.onProgress(mergeProgress([...progress.values()]));
          break;
        case 'traded':
          if (++traded < processes) break;
          ({ samples } = await scrape(`http://127.0.0.1:${options.port}/metrics`));
          await events.onEnd();
          tellAll({ type: 'end' });
          break;
        case 'result':
          results.push(message.result);
          if (results.length === processes) resolve();
      }
    };
    for (let number = 1; number <= processes; number++) {
      const worker = cluster.fork();
      workers.push(worker);
      let isDone = false;
      worker.on('message', (message: FromProcess) => {
        isDone ||= message.type === 'result';
        void onMessage(worker, number, message).catch(reject);
      });
      worker.on('exit', (code, killedBy) => {
        if (isDone) return;
        for (const other of workers) other.process.kill('SIGTERM');
        reject(new Error(`Process ${number} of the demo ended (${killedBy ?? `exit code ${code}`}) without its account.`));
      });
    }
  });
  return mergeResults(results, samples);
}

function optionsOf(options: DemoOptions, number: number): DemoOptions {
  return { ...options, seed: (options.seed + number - 1) % 2 ** 32, directory: join(options.directory, `process-${number}`) };
}

/** In a process that {@link runProcesses} has started: runs the demo that it is sent, and ends. */
export async function runAsProcess(): Promise<void> {
  const send = (message: FromProcess) => process.send!(message);
  // A terminal signals the whole process group. The process that started this one gets the signal too, and sends `stop`.
  process.on('SIGINT', () => {}).on('SIGTERM', () => {});
  const stop = new AbortController();
  const end = Promise.withResolvers<void>();
  const options = await new Promise<DemoOptions>((resolve) => {
    process.on('message', (message: ToProcess) => {
      if (message.type === 'run') resolve(message.options);
      else if (message.type === 'stop') stop.abort();
      else end.resolve();
    });
    send({ type: 'ready' });
  });
  const events: DemoEvents = {
    onStart: (addresses) => send({ type: 'started', addresses }),
    onProgress: (progress) => send({ type: 'progress', progress }),
    onEnd: () => {
      send({ type: 'traded' });
      return end.promise;
    },
  };
  const result = await runDemo(options, events, stop.signal);
  await new Promise((sent) => process.send!({ type: 'result', result } satisfies FromProcess, sent));
  process.disconnect();
}
