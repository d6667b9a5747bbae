/** A worker's session without a thread of its own: the same code between two ends of a message channel, on this thread. */
import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { componentScope } from '../../src/caller/scopes.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { allocateMemory } from '../../src/instance/memory.ts';
import { openProducer } from '../../src/instance/open-producer.ts';
import { threadSettingsOf } from '../../src/instance/thread-wire.ts';
import type { FromWorker, ToWorker } from '../../src/instance/wire.ts';
import { openBlock } from '../../src/memory/block.ts';
import { ENDING_INSTANCE, FlushAsker } from '../../src/memory/flush.ts';
import type { ProducerMemory } from '../../src/memory/producer-memory.ts';
import { Deadline } from '../../src/time/deadline.ts';
import { WorkerSession } from '../../src/worker/session.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { PATIENCE } from '../support/patience.ts';

async function openSession(
  config: LoggingConfig,
  producersOf: (make: () => ReturnType<typeof openProducer>) => readonly ProducerMemory[],
) {
  const { config: resolved } = resolveConfig({ ...config, handleExits: false }, {});
  const memory = allocateMemory(resolved);
  const settings = threadSettingsOf(resolved, memory);
  const make = () => openProducer(settings, { onSeries: () => {}, onWarning: () => {} });
  const producers = producersOf(make);
  const { port1, port2 } = new MessageChannel();
  const said: FromWorker[] = [];
  port1.on('message', (message: FromWorker) => said.push(message));
  const start = {
    config: resolved,
    ...memory,
    producers,
    foldedSeries: {},
    exported: undefined,
    restarts: 0,
    setAside: {},
    ports: {},
  };
  const session = await WorkerSession.open({ ...start, serveThreads: false, recovery: undefined }, port2);
  const hasEnded = session.run();
  onTestFinished(() => {
    port1.close();
  });
  return {
    make,
    said,
    hasEnded,
    post: (message: ToWorker) => port1.postMessage(message),
    asker: new FlushAsker(openBlock(memory.signals).words),
  };
}

const fileIn = (folder: string): LoggingConfig => ({
  backends: { file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none' } },
});

test('a ring that it was started with, and one that is announced later, are both in the file when a flush is answered', async () => {
  using folder = temporaryFolder();
  let first: ReturnType<typeof openProducer> | undefined;
  const { make, said, asker, post, hasEnded } = await openSession(fileIn(folder.path), (makeFirst) => {
    first = makeFirst();
    first.logger(componentScope('first')).info('before the start');
    return [first.memory];
  });
  const second = make();
  second.logger(componentScope('second')).info('announced');
  post({ type: 'producer', memory: second.memory });
  expect(await asker.flush(Deadline.in(10_000))).toBe(true);
  expect(jsonLinesIn(folder.path, 'app').map(({ msg }) => msg)).toEqual(['before the start', 'announced']);
  first!.close();
  second.close();
  expect(await asker.flush(Deadline.in(10_000), ENDING_INSTANCE)).toBe(true);
  post({ type: 'close', timeoutMillis: 1_000 });
  await hasEnded;
  // A message may come after the end.
  await expect.poll(() => said.at(-1), PATIENCE).toEqual({ type: 'closed', complete: true });
  expect(said.map(({ type }) => type)).toContain('ready');
  expect(said.filter(({ type }) => type === 'finished').length).toBe(4);
});

test('flushes that are asked for together are all answered, and one round is enough for them', async () => {
  using folder = temporaryFolder();
  let producer: ReturnType<typeof openProducer> | undefined;
  const { asker, post, hasEnded } = await openSession(fileIn(folder.path), (make) => {
    producer = make();
    return [producer.memory];
  });
  const log = producer!.logger(componentScope('many'));
  for (let round = 1; round <= 20; round++) {
    log.info('tick', { round });
    const answers = await Promise.all(Array.from({ length: 50 }, () => asker.flush(Deadline.in(10_000))));
    expect(answers).toEqual(Array.from({ length: 50 }, () => true));
    expect(jsonLinesIn(folder.path, 'app').length).toBe(round);
  }
  post({ type: 'close', timeoutMillis: 1_000 });
  await hasEnded;
});
