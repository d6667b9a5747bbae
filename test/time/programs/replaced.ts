import { readFileSync } from 'node:fs';

/** Logs with the timers that it finds, and says what came of it. */
export async function logWithReplacedTimers(): Promise<void> {
  const nowMillis = performance.timeOrigin + performance.now();
  const { createLogging } = await import('../../../src/index.ts');
  const folder = process.argv[2];
  const logging = createLogging({ backends: { file: { path: `${folder}/app.jsonl`, level: 'debug' } } });
  logging.getLogger('replaced').warning('here');
  const flushed = await logging.flush();
  const unreachable = createLogging({ backends: { otlp: { logsEndpoint: 'http://127.0.0.1:9/v1/logs' } } });
  unreachable.getLogger('replaced').error('to nobody');
  const late = await unreachable.flush({ timeoutMillis: 100 });
  await unreachable.shutdown({ timeoutMillis: 100 });
  const shutDown = await logging.shutdown();
  const { time } = JSON.parse(readFileSync(`${folder}/app.jsonl`, 'utf8').split('\n', 1)[0]);
  process.stdout.write(JSON.stringify({ flushed, shutDown, late, time, nowMillis }));
}
