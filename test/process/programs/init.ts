/** Logs on, and signals itself in the middle of it: `init.ts <folder> <signal>`. */
import { createLogging } from '../../../src/index.ts';

const [folder, signal] = process.argv.slice(2);
const logging = createLogging({ backends: { file: { path: `${folder}/app.jsonl`, level: 'info', rotation: 'none' } } });
const log = logging.getLogger('app');
await logging.ready;
for (let i = 1; i <= 10; i++) {
  log.info('tick', { i, pid: process.pid });
  if (i === 5) process.kill(process.pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
process.exit(5);
