/**
 * What a call of another library costs through our adapters, beside the same library writing to a file of its own: in turn, in one process.
 *
 * pino writes synchronously, so a call's wall time is what it costs. winston's file is written behind the call, on the same thread: for it, and for ours
 * beside it, CPU time of the main thread is counted, what is done behind the calls included.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify from 'fastify';
import { pino as realPino } from 'pino';
import winston from 'winston';
import { fastifyLogger } from '../../src/adapters/fastify/fastify.ts';
import { pino, pinoDestination } from '../../src/adapters/pino/pino.ts';
import { HftTransport } from '../../src/adapters/winston/winston.ts';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { sleep, threadCpuNanos } from '../harness/clock.ts';
import { type Figure, ratios } from '../harness/figure.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import type { Run } from '../workloads.ts';

const BURST_CALLS = 4_000;

/** pino's shape of a call. */
interface PinoLike {
  info(fields: object, message: string): void;
}

/** As Fastify hands it to a request. */
interface FastifyLike {
  child(bindings: object): PinoLike;
}

// Each loop is a function of its own: V8 keeps what it learns about a call by place in the source text.

const pinoAlone = (log: PinoLike): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info({ symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) }, 'order placed');
  };
};
const pinoToUs = (log: PinoLike): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info({ symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) }, 'order placed');
  };
};
const ourPino = (log: PinoLike): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info({ symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) }, 'order placed');
  };
};
const winstonAlone = (log: winston.Logger): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  };
};
const winstonToUs = (log: winston.Logger): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  };
};
/** A request's logger, and its record. */
const fastifyAlone = (log: FastifyLike): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.child({ reqId: `req-${i}` }).info({ symbol: 'BTCUSDT', price: 100.5 + (i & 255) }, 'order placed');
  };
};
const fastifyToUs = (log: FastifyLike): Run => {
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.child({ reqId: `req-${i}` }).info({ symbol: 'BTCUSDT', price: 100.5 + (i & 255) }, 'order placed');
  };
};

await runCase(async ({ directory, byEffort }) => {
  const pipeline = await openPipeline(directory);
  const { logging, settle } = pipeline;
  const file = (name: string) => join(directory, name);
  const toFile = (name: string) => realPino.destination({ dest: file(name), sync: true });
  const ownFile = new winston.transports.File({ filename: file('winston.jsonl') });
  const winstonOwn = winston.createLogger({ format: winston.format.json(), transports: [ownFile] });
  const winstonOurs = winston.createLogger({
    transports: [new HftTransport({ logger: logging.getLogger('winston') }) as winston.transport],
  });
  const fastifyOwn = Fastify({ logger: { level: 'info', stream: toFile('fastify.jsonl') } });
  const fastifyOurs = Fastify({ loggerInstance: fastifyLogger({ logger: logging.getLogger('http') }) });
  const callers = {
    pino: new Caller(pinoAlone(realPino({ level: 'info' }, toFile('pino.jsonl')))),
    destination: new Caller(pinoToUs(realPino({ level: 'info' }, pinoDestination({ logger: logging.getLogger('pino') })))),
    facade: new Caller(ourPino(pino({ logger: logging.getLogger('facade') }) as unknown as PinoLike)),
    winston: new Caller(winstonAlone(winstonOwn)),
    transport: new Caller(winstonToUs(winstonOurs)),
    fastify: new Caller(fastifyAlone(fastifyOwn.log as unknown as FastifyLike)),
    instance: new Caller(fastifyToUs(fastifyOurs.log as unknown as FastifyLike)),
  };
  const few = byEffort(1, 4);
  const theirs = (caller: Caller) => () => caller.round({ burstCalls: BURST_CALLS, bursts: few, settle: () => {} });
  const ours = (caller: Caller) => () => caller.round({ burstCalls: BURST_CALLS, bursts: few, settle });
  const withCpu = (caller: Caller, done: () => Promise<unknown>, isOwnWork: boolean) => async () => {
    let waited = 0;
    const before = threadCpuNanos();
    const settled = async () => {
      const from = threadCpuNanos();
      await done();
      // Behind our calls this thread does nothing but look whether the worker is done.
      if (!isOwnWork) waited += threadCpuNanos() - from;
    };
    await caller.round({ burstCalls: BURST_CALLS, bursts: few, settle: settled });
    return (threadCpuNanos() - before - waited) / (few * BURST_CALLS);
  };
  const drained = async () => {
    while (ownFile.writableLength > 0) await sleep(1);
    await sleep(5);
  };
  const samples = await alternate(
    {
      facade: ours(callers.facade),
      destination: ours(callers.destination),
      pino: theirs(callers.pino),
      instance: ours(callers.instance),
      fastify: theirs(callers.fastify),
      transport: withCpu(callers.transport, settle, false),
      winston: withCpu(callers.winston, drained, true),
    },
    { rounds: byEffort(2, 7, 21), warmUps: byEffort(1, 2) },
  );
  winstonOwn.end();
  await once(ownFile, 'finish');
  await sleep(50);
  const health = await pipeline.close();

  const nanosPerCall = { unit: 'ns', better: 'lower' } as const;
  const inTermsOf = { unit: '×', better: 'lower' } as const;
  const figures: Figure[] = [
    {
      ...inTermsOf,
      name: 'the facade of pino, of pino to its file',
      samples: ratios(samples.facade, samples.pino),
      target: 1 / 10,
    },
    {
      ...inTermsOf,
      name: 'pino to our destination, of pino to its file',
      samples: ratios(samples.destination, samples.pino),
      target: 1 / 2,
    },
    { ...nanosPerCall, name: '  facade', samples: samples.facade },
    { ...nanosPerCall, name: '  pino to our destination', samples: samples.destination },
    { ...nanosPerCall, name: '  pino to its file', samples: samples.pino },
    {
      ...inTermsOf,
      name: 'a request’s logger and record in Fastify, of the same to its file',
      samples: ratios(samples.instance, samples.fastify),
      target: 1 / 2,
    },
    { ...nanosPerCall, name: '  Fastify, fastifyLogger', samples: samples.instance },
    { ...nanosPerCall, name: '  Fastify, pino to its file', samples: samples.fastify },
    {
      ...inTermsOf,
      name: 'winston to our transport, of winston to its file',
      samples: ratios(samples.transport, samples.winston),
      target: 1 / 2,
    },
    { ...nanosPerCall, name: '  winston to our transport, main-thread CPU', samples: samples.transport },
    { ...nanosPerCall, name: '  winston to its file, main-thread CPU', samples: samples.winston },
  ];
  const { facade, destination, instance, transport } = callers;
  const made = facade.made + destination.made + instance.made + transport.made;
  const proveLines = (name: string, { made: calls }: Caller) => {
    const lines = readFileSync(file(name)).reduce((count, byte) => count + Number(byte === 10), 0);
    return prove(lines === calls, `${name}: ${calls} calls, ${lines} lines`);
  };
  return {
    figures,
    proof: [
      proveDelivered(health, 'logs', 'file', made),
      proveLines('pino.jsonl', callers.pino),
      proveLines('fastify.jsonl', callers.fastify),
      proveLines('winston.jsonl', callers.winston),
    ],
  };
});
