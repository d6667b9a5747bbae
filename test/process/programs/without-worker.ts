/** Logs so many lines to console, file and audit file, in turn, and ends or shuts down before its worker has begun, unless it is to leave exits alone. */
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads, { type Worker } from 'node:worker_threads';
import type { FlushReport } from '../../../src/index.ts';

const [folder, lines, bytes, exitTimeoutMillis = '20000', handleExits = 'true', end = 'exit'] = process.argv.slice(2);
// The worker is held before its first line: on a busy machine it may otherwise begin before this thread has logged.
const HOLD = 'data:text/javascript,Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
if (handleExits === 'true') {
  threads.Worker = class extends threads.Worker {
    constructor(file: ConstructorParameters<typeof Worker>[0], options: ConstructorParameters<typeof Worker>[1]) {
      super(file, { ...options, execArgv: ['--import', HOLD] });
    }
  };
  syncBuiltinESMExports();
}
const { createLogging } = await import('../../../src/index.ts');

const logging = createLogging({
  environment: 'development',
  diagnosticLevel: 'none',
  exitTimeoutMillis: Number(exitTimeoutMillis),
  handleExits: handleExits === 'true',
  ringBufferSize: 20_000,
  backends: {
    console: { enabled: true, structured: true },
    file: { enabled: true, path: `${folder}/app.jsonl` },
    audit: { enabled: true, path: `${folder}/audit.jsonl`, rotation: 'none' },
    prometheus: { enabled: true, port: 0 },
  },
});
const log = logging.getLogger('app');
for (let i = 1; i <= Number(lines); i++) {
  log.info('tick', { i, text: 'x'.repeat(Number(bytes)) });
  log.audit('ticked', { i });
}
let report: FlushReport | undefined;
process.on('exit', () => {
  const { worker, backends } = logging.health();
  const accounts = Object.entries(backends).map(([name, { taken, delivered, dropped, state }]) => [
    name,
    { taken, delivered, dropped, state },
  ]);
  writeSync(2, JSON.stringify({ worker: worker.state, report, backends: Object.fromEntries(accounts) }));
});
if (end === 'shutdown') report = await logging.shutdown();
