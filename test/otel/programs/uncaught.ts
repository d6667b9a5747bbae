/** Dies of an error that nobody catches, while the runtime instrumentation logs it through the global provider. */
import { logs } from '@opentelemetry/api';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { createLogging } from '../../../src/index.ts';

const [folder] = process.argv.slice(2);
const logging = createLogging({ backends: { file: { path: `${folder}/app.jsonl`, rotation: 'none' } } });
logs.setGlobalLoggerProvider(logging.loggerProvider);
const instrumentation = new RuntimeNodeInstrumentation({ captureUncaughtException: true });
instrumentation.enable();
setTimeout(() => {
  throw new RangeError('price out of bounds', { cause: new Error('short read') });
}, 1);
