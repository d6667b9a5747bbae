/**
 * A log call beside those of pino and OpenTelemetry's SDK, in turn in one process: the same record, the same machine, the same moments.
 *
 * pino writes synchronously, so what a call takes is what it costs: wall time beside wall time. The SDK's processor and exporter work after the call, on
 * the same thread; so for it, and for ours beside it, all CPU time of the main thread is counted, over bursts with a flush after each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import winston from 'winston';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { threadCpuNanos } from '../harness/clock.ts';
import { type Figure, ratios } from '../harness/figure.ts';
import { startOtlpSink } from '../harness/otlp-sink.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { type Run, WORKLOADS } from '../workloads.ts';

const BURST_CALLS = 4_000;

await runCase(async ({ directory, byEffort }) => {
  const sinks = { ours: await startOtlpSink(), theirs: await startOtlpSink() };
  const toFile = await openPipeline(directory);
  const toCollector = await openPipeline(directory, { backends: { otlp: { endpoint: sinks.ours.endpoint } } });
  const ours = new Caller(WORKLOADS.four.bind(toFile.log));
  const oursSent = new Caller(WORKLOADS.child.bind(toCollector.log));
  const { run: runPino, lines } = pinoToFile(join(directory, 'pino.jsonl'));
  const pinos = new Caller(runPino);
  const winstons = new Caller(winstonDiscarding());
  const { run: runSdk, provider } = sdkToCollector(sinks.theirs.endpoint);
  const sdk = new Caller(runSdk);

  const synchronous = (caller: Caller, bursts: number) => () =>
    caller.round({ burstCalls: BURST_CALLS, bursts, settle: () => {} });
  const withFlush = (caller: Caller, bursts: number, flush: () => Promise<unknown>) => async () => {
    const before = threadCpuNanos();
    await caller.round({ burstCalls: BURST_CALLS, bursts, settle: async () => void (await flush()) });
    return (threadCpuNanos() - before) / (bursts * BURST_CALLS);
  };
  const few = byEffort(1, 4);
  const many = byEffort(2, 20);
  const samples = await alternate(
    {
      ours: () => ours.round({ burstCalls: BURST_CALLS, bursts: many, settle: toFile.settle }),
      pino: synchronous(pinos, few),
      winston: synchronous(winstons, 1),
      oursSent: withFlush(oursSent, many, async () =>
        prove((await toCollector.logging.flush()).complete, 'each flush was complete'),
      ),
      sdk: withFlush(sdk, few, () => provider.forceFlush()),
    },
    { rounds: byEffort(2, 7, 21), warmUps: byEffort(1, 2) },
  );
  const health = [await toFile.close(), await toCollector.close()];
  await provider.shutdown();
  const counted = { ours: await sinks.ours.count(), theirs: await sinks.theirs.count() };
  sinks.ours.stop();
  sinks.theirs.stop();

  const nanosPerCall = { unit: 'ns', better: 'lower' } as const;
  const inTermsOf = { unit: '×', better: 'lower' } as const;
  const figures: Figure[] = [
    {
      ...inTermsOf,
      name: 'our call, of pino synchronous to a file',
      samples: ratios(samples.ours, samples.pino),
      target: 1 / 30,
    },
    { ...nanosPerCall, name: '  our call, beside them', samples: samples.ours },
    { ...nanosPerCall, name: '  pino', samples: samples.pino },
    { ...nanosPerCall, name: '  winston, into a stream that discards', samples: samples.winston },
    {
      ...inTermsOf,
      name: 'ours → OTLP, of OTel SDK batch + OTLP protobuf',
      samples: ratios(samples.oursSent, samples.sdk),
      target: 1 / 25,
    },
    { ...nanosPerCall, name: '  ours, main-thread CPU, flushes included', samples: samples.oursSent },
    { ...nanosPerCall, name: '  OTel SDK, main-thread CPU, flushes included', samples: samples.sdk },
  ];
  return {
    figures,
    proof: [
      proveDelivered(health[0], 'logs', 'file', ours.made),
      proveDelivered(health[1], 'logs', 'otlp', oursSent.made),
      prove(lines() === pinos.made, `pino: ${pinos.made} calls, as many lines`),
      prove(counted.ours.records === oursSent.made, `our sink counted ${counted.ours.records} of ${oursSent.made} records`),
      prove(counted.theirs.records === sdk.made, `the SDK's sink counted ${counted.theirs.records} of ${sdk.made} records`),
    ],
  };
});

function pinoToFile(path: string): { run: Run; lines(): number } {
  const log = pino({ level: 'info' }, pino.destination({ dest: path, sync: true }));
  return {
    run: (from, to) => {
      for (let i = from; i < to; i++)
        log.info({ symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) }, 'order placed');
    },
    lines: () => readFileSync(path).reduce((count, byte) => count + Number(byte === 10), 0),
  };
}

function winstonDiscarding(): Run {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = winston.createLogger({
    level: 'info',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  return (from, to) => {
    for (let i = from; i < to; i++)
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  };
}

/** A queue that takes a whole burst, and batches larger than the default 512, which are cheaper for it. */
function sdkToCollector(endpoint: string): { run: Run; provider: LoggerProvider } {
  const exporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs` });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 4 * BURST_CALLS, maxExportBatchSize: 2_000 })],
  });
  const log = provider.getLogger('exchange.mexc.private.ws');
  const run: Run = (from, to) => {
    for (let i = from; i < to; i++) {
      log.emit({
        severityNumber: SeverityNumber.INFO,
        severityText: 'INFO',
        body: 'order placed',
        attributes: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) },
      });
    }
  };
  return { run, provider };
}
