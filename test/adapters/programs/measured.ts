/** Says which metrics the instance has that `register` has configured. */
import { metrics } from '@opentelemetry/api';
import { currentLogging, getLogger } from '../../../src/index.ts';

metrics.getMeter('library').createCounter('library_calls').add(2);
(globalThis as { gc?: () => void }).gc!();
const deadline = Date.now() + 10_000;
let names: string[] = [];
while (!(names.includes('v8js.gc.duration') && names.includes('nodejs.eventloop.delay.p99')) && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  names = [...(await currentLogging()!.metricsSnapshot()).metrics.map(({ name }) => name)];
}
getLogger('app').error('measured', { names });
