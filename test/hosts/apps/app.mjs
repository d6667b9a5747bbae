// A program that logs, asks for a flush, and tells what came of it.
import { configureLogging, getLogger } from 'hft-otel';

const tell = (what) => console.log(JSON.stringify(what));
try {
  const logging = configureLogging({
    service: { name: 'hosted' },
    diagnosticLevel: 'none',
    exitTimeoutMillis: 2_000,
    backends: {
      file: { path: `${process.argv[2]}/app.jsonl`, level: 'info' },
      audit: { path: `${process.argv[2]}/audit.jsonl`, rotation: 'none' },
    },
  });
  getLogger('app').info('flushed', { n: 1 });
  getLogger('app').audit('order_placed', { n: 1 });
  logging.ready
    .catch(({ code }) => ({ code }))
    .then(async (failed) => {
      const { complete } = await logging.flush();
      getLogger('app').info('at the end', { n: 2 });
      tell({ ...failed, complete, restarts: logging.health().worker.restarts });
    });
} catch ({ code, message }) {
  tell({ code, message });
}
