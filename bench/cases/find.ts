/**
 * `hft-otel find` over JSON lines as the file backend writes them: the whole time of the command, its start included, with the file in the page cache.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildPackage } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';
import { openPipeline } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';

/** Written by the pipeline; the file is so many copies of it. */
const RECORDS = 40_000;
/** One of them. */
const WANTED = 31_337;
const BURST = 4_000;

await runCase(async ({ directory, byEffort }) => {
  const frontDoor = await buildPackage();
  const written = join(directory, 'written.jsonl');
  const pipeline = await openPipeline(directory, {
    backends: { file: { path: written, format: 'json', level: 'debug', rotation: 'none' } },
  });
  for (let i = 0; i < RECORDS; i++) {
    pipeline.log.info('order placed', { order_id: i, symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
    if (i % BURST === BURST - 1) await pipeline.settle();
  }
  await pipeline.close();
  const block = readFileSync(written);
  const path = join(directory, 'large.jsonl');
  const copies = Math.ceil(byEffort(16e6, 256e6, 1e9) / block.length);
  for (let i = 0; i < copies; i++) appendFileSync(path, block);
  const bytes = copies * block.length;
  const command = join(dirname(frontDoor), 'cli/main.js');
  /** Megabytes a second. */
  const find = () => {
    const started = performance.now();
    const words = [command, 'find', path, '--count', '--field', `order_id=${WANTED}`];
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    const millis = performance.now() - started;
    prove(Number(stdout) === copies, `${copies} records are to be found, ${stdout} were. ${stderr}`);
    return bytes / 1e3 / millis;
  };
  const { found } = await alternate({ found: find }, { rounds: byEffort(1, 7), warmUps: byEffort(0, 1) });
  return {
    figures: [
      {
        name: `find the text of a field in ${Math.round(bytes / 1e6)} MB of JSON lines`,
        unit: 'MB/s',
        better: 'higher',
        samples: found,
        target: 500,
      },
    ],
    proof: [`${copies} copies of ${RECORDS} records: the wanted one was found in each`],
  };
});
