/** Workers of a cluster that log in one go, stop, and are killed; then one more worker, or none. Says how many runs it has recovered. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { configureLogging, getLogger } from '../../../src/index.ts';

const { config, events, workers, comesBack } = JSON.parse(process.argv[2]!);

if (cluster.isPrimary) {
  const forked = Array.from({ length: workers }, (_, number) => cluster.fork({ NUMBER: String(number) }));
  await Promise.all(forked.map((worker) => once(worker, 'message')));
  const ended = forked.map((worker) => once(worker, 'exit'));
  for (const { process: child } of forked) child.kill('SIGKILL');
  await Promise.all(ended);
  if (!comesBack) process.exit();
  const last = cluster.fork({ NUMBER: 'last' });
  const [recovered] = await once(last, 'message');
  process.stdout.write(JSON.stringify(recovered));
  last.disconnect();
} else {
  const logging = configureLogging(config);
  if (logging.health().memory.kind !== 'mapped') throw new Error(logging.health().memory.reason);
  if (process.env.NUMBER === 'last') {
    await logging.recovered;
    await logging.shutdown();
    process.send!(logging.health().memory.recovered);
  } else {
    for (let n = 0; n < events; n++) {
      getLogger('gateway').warning('quote', { n, worker: Number(process.env.NUMBER) });
      getLogger('gateway').audit('order_placed', { n, worker: Number(process.env.NUMBER) });
    }
    process.send!('logged');
    // The instance's worker has not started yet, and does not while the other processes are slower.
    process.kill(process.pid, 'SIGSTOP');
  }
}
