/**
 * The worker's sink and a caller on one trail, for a tracer that watches or breaks its syncs. Prints what became of each step. Arguments: path, scenario.
 */
import { AuditFileSink } from '../../../src/audit/file-sink.ts';
import { AuditTrail } from '../../../src/audit/trail.ts';
import { SYSTEM_TIMERS } from '../../../src/time/timers.ts';
import { batchOf } from '../../backends/sink-contract.ts';
import { runMemory } from '../../support/run-memory.ts';

const [path, scenario] = process.argv.slice(2) as [string, string];
let now = Date.UTC(2026, 10, 23, 23, 59, 59);
const options = {
  target: { path },
  memory: runMemory(),
  run: 'r',
  timers: { ...SYSTEM_TIMERS, now: () => now },
};
const sink = new AuditFileSink(options);
const caller = new AuditTrail(options);
const said: unknown[] = [];
const line = (text: string) => `{"run":"r","n":"${text}"}\n`;
const write = async (text: string) => said.push((await sink.write(batchOf(line(text)))).status);
const add = (text: string) => said.push(caller.addSync(Buffer.from(line(text))).status);
const flush = async () =>
  said.push(
    await sink.flush().then(
      () => 'flushed',
      (error: Error) => error.message.slice(0, 3),
    ),
  );
if (scenario === 'midnight') {
  await write('worker, before');
  now += 1_000;
  add('caller, after');
  await flush();
} else if (scenario === 'late') {
  await write('worker, before');
  add('caller, before');
  now += 1_000;
  await write('worker, after');
  await flush();
} else if (scenario === 'failed batch') {
  await write('worker 1');
  add('caller 1');
  const batch = batchOf(line('worker 2'), line('worker 3'));
  for (let attempt = 0; attempt < 2; attempt++) said.push((await sink.write(batch)).status);
  await flush();
} else {
  await write('worker 1');
  add('caller 1');
  await flush(); // fails
  add('caller 2');
  await flush();
  await write('worker 2');
  add('caller 3');
  await flush();
}
console.log(JSON.stringify(said));
await sink.close();
