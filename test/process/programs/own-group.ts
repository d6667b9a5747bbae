/** A process that leads a group logs, and signals that group as the last thing. The one that starts it says what has ended it. */
import { spawn } from 'node:child_process';
import { createLogging } from '../../../src/index.ts';

const [folder, to, role] = process.argv.slice(2);
if (role === 'leader') {
  const logging = createLogging({
    exitTimeoutMillis: 30_000,
    backends: { file: { path: `${folder}/app.jsonl`, rotation: 'none' } },
  });
  await logging.ready;
  logging.getLogger('app').info('tick', { i: 1 });
  process.kill(to === 'group 0' ? 0 : -process.pid, 'SIGTERM');
  logging.getLogger('app').info('still here', { i: 2 });
} else {
  const leader = spawn(process.execPath, [import.meta.filename, folder!, to!, 'leader'], { detached: true, stdio: 'inherit' });
  leader.on('exit', (code, signal) => console.log(code ?? signal));
}
