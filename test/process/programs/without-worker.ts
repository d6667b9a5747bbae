/** Logs so many lines to console, file and audit file, in turn, and ends before its worker has begun, unless it is to leave exits alone. */
import { writeSync } from 'node:fs';
import { createLogging } from '../../../src/index.ts';

const [folder, lines, bytes, exitTimeoutMillis = '20000', handleExits = 'true'] = process.argv.slice(2);
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
process.on('exit', () => {
  const { worker, backends } = logging.health();
  const accounts = Object.entries(backends).map(([name, { taken, delivered, state }]) => [name, { taken, delivered, state }]);
  writeSync(2, JSON.stringify({ worker: worker.state, backends: Object.fromEntries(accounts) }));
});
