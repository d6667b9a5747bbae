// A worker of a cluster whose host has put a function in the place of `process.stdout.write`, as pm2's cluster mode does.
import cluster from 'node:cluster';

const [way] = process.argv.slice(2);
if (cluster.isPrimary) {
  const taken = [];
  const worker = cluster.fork();
  worker.on('message', (text) => taken.push(text));
  worker.on('exit', (code) => {
    const printed = taken
      .join('')
      .split('\n')
      .filter((line) => line !== '');
    console.error(JSON.stringify({ code, printed: printed.map((line) => JSON.parse(line).msg) }));
  });
} else {
  process.stdout.write = (chunk, encoding, callback) => {
    process.send(Buffer.from(chunk).toString());
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) done();
    return true;
  };
  const { configureLogging } = await import('../../src/index.ts');
  const logging = configureLogging({ backends: { console: { structured: true } } });
  const logger = logging.getLogger('app');
  logger.info('first');
  await logging.flush();
  logger.info('second');
  if (way === 'exit') process.exit();
  await logging.shutdown();
  process.disconnect();
}
