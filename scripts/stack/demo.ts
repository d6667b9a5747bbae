// How the demo is started against the stack: the one place that knows its options.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../servers/versions.ts';

/** Log calls per second on top of the trading: enough for every panel to move, little enough for any laptop. */
const RATE = 200;

export const DEMO_SERVICE = 'hft-otel-demo';

export interface DemoRun {
  readonly logPath: string;
  /** Exit code, when it has ended. */
  readonly ended: Promise<number | null>;
  /** SIGTERM: it delivers what it has logged and ends. */
  stop(): Promise<void>;
}

/** Runs the demo until `stop`; its files and its output lie in `<folder>/demo`. */
export function startDemo(otlpUrl: string, folder: string, seconds = 0): DemoRun {
  const demoFolder = join(folder, 'demo');
  mkdirSync(demoFolder, { recursive: true });
  const logPath = join(demoFolder, 'output.log');
  const log = openSync(logPath, 'a');
  const args = ['demo', '--otlp', otlpUrl, '--seconds', String(seconds), '--rate', String(RATE), '--dir', demoFolder, '--quiet'];
  const child: ChildProcess = spawn(process.execPath, [join(REPOSITORY, 'src', 'cli', 'main.ts'), ...args], {
    stdio: ['ignore', log, log],
    // Ctrl-C is not for it: it is stopped first, while the stack still takes its records.
    detached: true,
    // Seen in graphs as often as Prometheus scrapes.
    env: { ...process.env, OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_METRIC_EXPORT_TIMEOUT: '5000' },
  });
  closeSync(log);
  const killed = () => child.kill('SIGKILL');
  process.on('exit', killed);
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => {
      process.off('exit', killed);
      resolve(code);
    });
  });
  return {
    logPath,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
