/** Registers OpenTelemetry's context manager only after the first records: from then on the active span is on them. */
import { createLogging } from '../../../src/index.ts';

const [folder] = process.argv.slice(2);
const logging = createLogging({
  level: 'debug',
  backends: { file: { level: 'debug', path: `${folder}/app.jsonl`, rotation: 'none' } },
});
const log = logging.getLogger('late');
log.info('tick', { i: 1 });

const { context, ROOT_CONTEXT, trace } = await import('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
log.info('tick', { i: 2 });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => log.info('tick', { i: 3 }));
log.info('tick', { i: 4 });
context.disable();
log.info('tick', { i: 5 });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => log.info('tick', { i: 6 }));
await logging.shutdown();
