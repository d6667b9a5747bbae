/**
 * What a log call costs at 50,000 calls a second while somebody looks at the live page, beside the same without a page. In turn in one process. The reader is a process
 * of its own that does what a browser does: it reads the stream of all records, and asks for the status each second. A browser is elsewhere as a rule, so a process that
 * parses as much runs in the turns without a page too: on two cores, any third process makes a call slower by half.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ask } from '../../src/control/client.ts';
import { PAGE_PATH, type PageAnswer } from '../../src/control/protocol.ts';
import { socketsIn } from '../../src/control/sockets.ts';
import { ROOT } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos, sleep } from '../harness/clock.ts';
import { median, ratios } from '../harness/figure.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { WORKLOADS } from '../workloads.ts';

const CALLS_PER_TURN = 50;
const TURN_NANOS = 1e6;

const READER = join(ROOT, 'bench/children/page-reader.js');

await runCase(async ({ directory, byEffort }) => {
  const control = join(directory, 'c');
  const pipeline = await openPipeline(directory, { control: { enabled: true, directory: control } });
  while (socketsIn(control).length === 0) await sleep(5);
  const [{ path }] = socketsIn(control);
  const call = WORKLOADS.four.bind(pipeline.log);
  const turns = byEffort(100, 1_500, 5_000);
  let made = 0;
  let read = 0;
  /** Median over the turns: a turn in which the machine did something else says nothing of a call. */
  const nanosPerCall = async () => {
    const samples: number[] = [];
    let due = nanos();
    for (let turn = 0; turn < turns; turn++) {
      const start = nanos();
      call(made, made + CALLS_PER_TURN);
      samples.push((nanos() - start) / CALLS_PER_TURN);
      made += CALLS_PER_TURN;
      due = Math.max(due + TURN_NANOS, nanos());
      while (nanos() < due);
    }
    return median(samples);
  };
  /** With a reader of this address; undefined: one that makes its own lines. */
  const besideReader = async (url: string | undefined) => {
    const reader = spawn(process.execPath, [READER, ...(url === undefined ? [] : [url])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let counted = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => {
      counted += text;
    });
    while (counted === '') await sleep(5);
    const cost = await nanosPerCall();
    await sleep(300);
    reader.kill();
    await new Promise((resolve) => reader.once('close', resolve));
    if (url !== undefined) read += Number(counted.trim().split('\n').at(-1));
    return cost;
  };
  const watched = async () => {
    const { url } = await ask<PageAnswer>(path, 'POST', PAGE_PATH);
    const cost = await besideReader(url);
    await ask(path, 'DELETE', PAGE_PATH);
    return cost;
  };
  const { with_, without } = await alternate(
    { with_: watched, without: () => besideReader(undefined) },
    { rounds: byEffort(1, 6, 10), warmUps: 1 },
  );
  await pipeline.settle();
  const health = await pipeline.close();
  return {
    figures: [
      {
        name: 'call at 50,000/s, page open : no page',
        unit: '×',
        better: 'lower',
        samples: ratios(with_, without),
        target: 1.05,
      },
      { name: '  page open', unit: 'ns', better: 'lower', samples: with_ },
      { name: '  no page', unit: 'ns', better: 'lower', samples: without },
    ],
    proof: [
      proveDelivered(health, 'logs', 'file', made),
      prove(read > 0, `the page was read: ${read} records shown, or counted as too many to be shown`),
    ],
  };
});
