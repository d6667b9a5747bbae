// A program whose memory outlives it, which takes a package of its own on both threads.
import { configureLogging, getLogger, shutdownLogging } from 'hft-otel';

const logging = configureLogging({
  service: { name: `hosted-${process.pid}` },
  persistence: { enabled: true, directory: `${process.argv[2]}/runs` },
  backends: { file: { path: `${process.argv[2]}/app.jsonl`, level: 'info' } },
});
getLogger('app').info('flushed');
await logging.ready;
const { complete } = await logging.flush();
const { kind, reason } = logging.health().memory;
await shutdownLogging();
console.log(JSON.stringify({ kind, reason, complete }));
