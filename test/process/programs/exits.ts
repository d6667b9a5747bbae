/** Logs, then ends in the way that its second argument names. */
import { configureLogging, createLogging, getLogger } from '../../../src/index.ts';

const [folder, way, records = '20000'] = process.argv.slice(2);
const logging = createLogging({
  backends: { file: { path: `${folder}/app.jsonl` }, audit: { path: `${folder}/audit.jsonl` } },
  ringBufferSize: 100_000,
  // The default of five seconds is short for a worker to start in on a machine that is busy with other things.
  exitTimeoutMillis: 30_000,
});
const log = logging.getLogger('exits');

function write(): void {
  for (let i = 1; i <= Number(records); i++) log.info('tick', { i });
  for (let i = 1; i <= 100; i++) log.audit('order_placed', { i });
}

switch (way) {
  case 'end':
    write();
    break;
  case 'process.exit':
    write();
    process.exit(7);
    break;
  case 'throw':
    write();
    throw new Error('on purpose');
  case 'rejection':
    write();
    void Promise.reject(new Error('on purpose'));
    break;
  case 'SIGTERM':
  case 'SIGINT':
    await logging.ready;
    write();
    setInterval(() => {}, 1000);
    process.kill(process.pid, way);
    break;
  case 'handled SIGTERM':
    process.once('SIGTERM', () =>
      setTimeout(() => {
        log.info('tick', { i: Number(records) + 1 });
        process.exit(3);
      }, 100),
    );
    write();
    setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGTERM');
    break;
  case 'a group that is not there':
    await logging.ready;
    write();
    try {
      process.kill(-process.pid, 'SIGTERM');
    } catch (error) {
      console.log((error as NodeJS.ErrnoException).code);
    }
    log.info('tick', { i: Number(records) + 1 });
    break;
  case 'exit while busy': {
    // The worker is in the middle of it.
    await logging.ready;
    write();
    setImmediate(() => process.exit(7));
    break;
  }
  case 'configured again and again':
    await logging.shutdown();
    for (let i = 1; i <= Number(records); i++) {
      configureLogging({ exitTimeoutMillis: 30_000, backends: { file: { path: `${folder}/app.jsonl` } } });
      getLogger('again').info('tick', { i });
    }
    break;
  case 'exit handlers':
    process.on('exit', () => log.info('tick', { i: Number(records) + 1 }));
    write();
    setImmediate(() => {
      process.on('exit', () => {
        log.info('tick', { i: Number(records) + 2 });
        log.audit('order_placed', { i: 101 });
      });
    });
    break;
  case 'an exit handler that exits':
    process.on('exit', () => process.exit(9));
    process.on('exit', () => log.info('never reached'));
    write();
    break;
  case 'an exit handler that throws':
    process.on('exit', () => {
      throw new Error('on purpose');
    });
    write();
    break;
  case 'exit while a field is read':
    write();
    log.info('never written', {
      get field() {
        log.info('tick', { i: Number(records) + 1 });
        return process.exit(7);
      },
    });
    break;
  case 'shutdown':
    write();
    await logging.shutdown();
    log.info('too late');
    console.log(JSON.stringify(logging.health().lanes.logs.dropped));
    break;
  default:
    throw new Error(`unknown way: ${way}`);
}
