/** A service with everything that has to do with its user: `nameless.ts <front door> <folder>`. Prints what it learns of itself. */
import { createServer } from 'node:net';
import { userInfo } from 'node:os';

const [frontDoor, folder] = process.argv.slice(2);
const { createLogging } = (await import(frontDoor)) as typeof import('../../../src/index.ts');
let hasName = true;
try {
  userInfo();
} catch {
  hasName = false;
}
const port = await new Promise<number>((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address() as { port: number };
    server.close(() => resolve(address.port));
  });
});
const logging = createLogging({
  service: { name: 'nameless' },
  control: { enabled: true },
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'info' },
    audit: { path: `${folder}/audit.jsonl` },
    prometheus: { port, host: '127.0.0.1' },
  },
});
const log = logging.getLogger('app');
await logging.ready;
log.info('tick', { i: 1 });
log.audit('ticked', { i: 1 });
const { complete } = await logging.flush();
const { worker, backends, warnings } = logging.health();
await logging.shutdown();
console.log(JSON.stringify({ hasName, complete, worker: worker.state, prometheus: backends.prometheus.state, warnings }));
