/**
 * `hft-otel demo`: options in, a run, the account of it out.
 */
import cluster from 'node:cluster';
import { findCollector } from '../demo/collector-endpoint.ts';
import { type DemoEvents, type DemoOptions, runDemo } from '../demo/demo.ts';
import { freePort } from '../demo/ports.ts';
import { runAsProcess, runProcesses } from '../demo/processes.ts';
import { VERSION } from '../version.ts';
import { levelOf, numberOf, textOf } from './arguments.ts';
import { type Command, UsageError, type Values } from './command.ts';
import { renderHeading, renderResult } from './demo-report.ts';
import { paintFor } from './paint.ts';
import { NO_STATUS, statusLine } from './status-line.ts';

/** OpenTelemetry's default port of a Prometheus endpoint. */
const PROMETHEUS_PORT = 9464;

/** Each has an exchange, a worker thread and 100 MB. */
const MAX_PROCESSES = 64;

/** Seeds are 32-bit numbers. */
const MAX_SEED = 2 ** 32 - 1;

/** What shells give for a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Exit code when a destination had not taken its records by the deadline. */
const UNDELIVERED = 1;

/** `npm start` passes on a Ctrl-C that the terminal has already sent to this process: within this time two signals count as one. */
const SAME_SIGNAL_MILLIS = 1_000;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'run a market maker on a loopback exchange, and report which records arrived',
  options: {
    seconds: { type: 'string', short: 's', placeholder: 'N', help: 'how long to run; 0: until Ctrl-C (default 10)' },
    rate: {
      type: 'string',
      short: 'r',
      placeholder: 'N',
      help: 'log calls a second in addition to those of the trading (default 5000)',
    },
    dir: { type: 'string', short: 'd', placeholder: 'PATH', help: 'folder for the files (default ./logs)' },
    otlp: {
      type: 'string',
      placeholder: 'URL',
      help: 'send to this collector (default: OTEL_EXPORTER_OTLP_ENDPOINT, or one on port 4318)',
    },
    'no-otlp': { type: 'boolean', help: 'send to no collector' },
    'prometheus-port': {
      type: 'string',
      placeholder: 'N',
      help: `port of /metrics; if it is taken, a free one (default ${PROMETHEUS_PORT})`,
    },
    console: { type: 'string', placeholder: 'LEVEL', help: 'print records of this level and above instead of the status line' },
    processes: {
      type: 'string',
      placeholder: 'N',
      help: 'number of node:cluster workers to run, each with its own exchange (default 1)',
    },
    seed: { type: 'string', placeholder: 'N', help: 'repeat the market of this seed (default: a new market each time)' },
    json: { type: 'boolean', help: 'print only the report, as JSON' },
    quiet: { type: 'boolean', short: 'q', help: 'print only the report' },
  },
  exitCodes: {
    [UNDELIVERED]: 'records have not arrived; the report says which',
    [EXIT_CODES.SIGINT]: 'ended by Ctrl-C',
    [EXIT_CODES.SIGTERM]: 'ended by SIGTERM',
  },
  notes: [
    'Ctrl-C ends the run early: the logged records are delivered, and the report is printed.',
    'While it runs, /metrics answers on 127.0.0.1, and the files can be followed with tail -f.',
  ],
  run,
};

async function run(values: Values): Promise<number> {
  const processes = numberOf(values, 'processes', 1, { least: 1, most: MAX_PROCESSES, whole: true });
  if (processes > 1 && cluster.isWorker) {
    await runAsProcess();
    return 0;
  }
  const options = await optionsOf(values);
  const paint = paintFor(process.stdout);
  const silent = values.json === true || values.quiet === true;
  const status = silent || options.console !== undefined ? NO_STATUS : statusLine(process.stdout, options.seconds, paint);
  const stop = new AbortController();
  using signals = new SignalWatch(stop);
  // When the reader has closed the pipe (`| head`), the run ends, and the logged records are still delivered.
  process.stdout.on('error', () => stop.abort());

  const events: DemoEvents = {
    onStart: (addresses) => {
      if (!silent) print(renderHeading({ ...options, processes }, addresses, paint));
    },
    onProgress: (progress) => status.update(progress),
    onEnd: () => status.end(),
  };
  const result =
    processes === 1 ? await runDemo(options, events, stop.signal) : await runProcesses(processes, options, events, stop.signal);
  print(values.json === true ? [JSON.stringify(result, undefined, 2)] : renderResult(result, paint, processes));
  return signals.exitCode !== 0 || result.shutdown.complete ? signals.exitCode : UNDELIVERED;
}

async function optionsOf(values: Values): Promise<DemoOptions> {
  const otlp = textOf(values, 'otlp');
  if (otlp !== undefined && values['no-otlp']) throw new UsageError('--otlp and --no-otlp exclude each other.');
  if (otlp !== undefined && !/^https?:$/.test(URL.parse(otlp)?.protocol ?? '')) {
    throw new UsageError(`--otlp ${otlp}: expected a URL such as http://127.0.0.1:4318.`);
  }
  const prometheusPort = numberOf(values, 'prometheus-port', PROMETHEUS_PORT, { least: 1, most: 65_535, whole: true });
  return {
    seconds: numberOf(values, 'seconds', 10, { least: 0, most: 86_400 }),
    rate: numberOf(values, 'rate', 5_000, { least: 0, most: 2_000_000, whole: true }),
    directory: textOf(values, 'dir') ?? 'logs',
    seed: numberOf(values, 'seed', Math.floor(Math.random() * MAX_SEED), { least: 0, most: MAX_SEED, whole: true }),
    prometheusPort,
    port: await freePort(prometheusPort),
    console: levelOf(values, 'console'),
    collector: await findCollector(values['no-otlp'] ? false : otlp, process.env),
    version: VERSION,
  };
}

/** Ends the run at the first SIGINT or SIGTERM; at a second one the process ends at once; the library still delivers as it does at every exit. */
class SignalWatch implements Disposable {
  readonly #stop: AbortController;
  readonly #listener = (signal: keyof typeof EXIT_CODES) => this.#onSignal(signal);
  #receivedMillis = 0;
  exitCode = 0;

  constructor(stop: AbortController) {
    this.#stop = stop;
    process.on('SIGINT', this.#listener).on('SIGTERM', this.#listener);
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#listener).off('SIGTERM', this.#listener);
  }

  #onSignal(signal: keyof typeof EXIT_CODES): void {
    if (this.exitCode === 0) {
      this.exitCode = EXIT_CODES[signal];
      this.#receivedMillis = performance.now();
      this.#stop.abort();
    } else if (performance.now() - this.#receivedMillis > SAME_SIGNAL_MILLIS) {
      process.exit(EXIT_CODES[signal]);
    }
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
