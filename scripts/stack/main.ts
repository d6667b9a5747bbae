// npm run stack: the other side on this machine without containers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../command-line.ts';
import { isInstalled, REPOSITORY, SERVER_NAMES } from '../servers/versions.ts';
import { startCluster } from './cluster.ts';
import { DEMO_SERVICE, type DemoRun, startDemo } from './demo.ts';
import { leaveFolder, takeFolder } from './folder.ts';
import { queryPrometheus } from './query.ts';
import { ask, SAMPLE_QUERIES } from './samples.ts';
import { type Stack, startStack } from './stack.ts';

const FOLDER = join(REPOSITORY, '.cache', 'stack');
/** Two intervals of every rule and scrape have passed, and the 30 s that the rule of missing audit numbers leaves out. */
const SETTLE_MILLIS = 75_000;

const USAGE = `npm run stack [-- options]

Starts the servers that \`npm run servers\` has built, and the demo. Prints addresses, and a few queries with their answers. Ctrl-C stops all of it.

  --once      ends after the answers; exit code 1 if one is empty
  --no-demo   servers only, for a service of your own
  --kafka     two gateways, Kafka and two writers in place of one gateway (collector-config/kafka)
  --help      this
`;
const { values: options } = commandLine(USAGE, {
  options: { once: { type: 'boolean' }, 'no-demo': { type: 'boolean' }, kafka: { type: 'boolean' } },
});
const say = (line = '') => process.stdout.write(`${line}\n`);

const needed = ['collector', 'loki', 'prometheus', options.kafka === true ? 'kafka' : 'pushgateway'];
const missing = SERVER_NAMES.filter((name) => needed.includes(name) && !isInstalled(name));
if (missing.length > 0) {
  process.stderr.write(
    `Not built yet: ${missing.join(', ')}. Build them once (Go 1.26.5 or later; a quarter of an hour): npm run servers\n`,
  );
  process.exit(1);
}

try {
  takeFolder(FOLDER);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

let isInterrupted = false;
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (isInterrupted) process.exit(130); // The second time at once: what still runs is killed.
      isInterrupted = true;
      resolve();
    });
});

let stack: Side | undefined;
let demo: DemoRun | undefined;
try {
  say('Starting (Loki takes some 15 s) …');
  stack = await startSide((message) => say(`  ${message}`));
  printAddresses(stack);
  if (options['no-demo'] !== true) {
    demo = startDemo(stack.otlpUrl, FOLDER);
    say(
      `The demo trades on a loopback exchange and sends everything to ${stack.otlpUrl}. Collecting for ${SETTLE_MILLIS / 1000} s …`,
    );
    const ended = await Promise.race([sleep(SETTLE_MILLIS, 'settled'), interrupted, demo.ended.then(() => 'ended')]);
    if (ended === 'ended') throw new Error(`The demo has ended:\n${readFileSync(demo.logPath, 'utf8').slice(-2_000)}`);
    if (ended === 'settled') {
      const empty = await printAnswers(stack);
      if (options.once === true) process.exitCode = empty === 0 ? 0 : 1;
    }
  }
  if (options.once !== true && !isInterrupted) {
    say('\nRunning. Ctrl-C stops all of it.');
    await interrupted;
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  say('\nStopping, senders first (once more Ctrl-C: at once) …');
  await demo?.stop();
  await stack?.stop();
  leaveFolder(FOLDER);
}
process.exit();

/** What a service and a reader of its records need to know of the other side, whatever it is made of. */
type Side = Pick<Stack, 'folder' | 'otlpUrl' | 'auditOtlpUrl' | 'prometheusUrl' | 'lokiUrl' | 'stop'> & {
  readonly pushgatewayUrl?: string;
  readonly kafkaBroker?: string;
  readonly auditFilesFolders: readonly string[];
};

async function startSide(onProgress: (message: string) => void): Promise<Side> {
  if (options.kafka !== true) {
    const started = await startStack({ folder: FOLDER, preferKnownPorts: true, onProgress });
    return { ...started, auditFilesFolders: [started.auditFilesFolder] };
  }
  const cluster = await startCluster({ folder: FOLDER, agents: 1, onProgress });
  const [agent] = cluster.agents;
  return {
    ...cluster,
    otlpUrl: agent!.otlpUrl,
    auditOtlpUrl: agent!.auditOtlpUrl,
    kafkaBroker: `127.0.0.1:${cluster.kafkaPorts[0]}`,
    auditFilesFolders: cluster.writers.map(({ auditFilesFolder }) => auditFilesFolder),
  };
}

function printAddresses(side: Side): void {
  const rows = [
    ['OTLP (agent)', `${side.otlpUrl}        logs and metrics of any service`],
    ['OTLP, audit alone', side.auditOtlpUrl],
    ['Kafka', side.kafkaBroker && `${side.kafkaBroker}        topics hft-logs, hft-audit, hft-metrics`],
    ['Prometheus', `${side.prometheusUrl}        graphs, alerts`],
    ['Loki', `${side.lokiUrl}        logs, over its API`],
    ['Pushgateway', side.pushgatewayUrl],
    ...side.auditFilesFolders.map((path) => ['audit files', path]),
    ['logs of the servers', `${side.folder}/**/*.log`],
  ];
  say();
  for (const [name, value] of rows) if (value !== undefined) say(`  ${name!.padEnd(19)} ${value}`);
  say();
}

/** Answers how many of the queries had no answer. */
async function printAnswers(stack: Side): Promise<number> {
  let empty = 0;
  for (const query of SAMPLE_QUERIES) {
    const rows = await ask(stack, query);
    if (rows.length === 0) empty++;
    say(`\n${query.question}\n  ${query.source}: ${query.expr}`);
    for (const row of rows.length === 0 ? ['(nothing)'] : rows) say(`  ${row}`);
  }
  const { series } = await queryPrometheus(stack.prometheusUrl, `ALERTS{alertstate="firing", service_name=~"${DEMO_SERVICE}|"}`);
  const alerts = new Set(series.map(({ labels }) => labels.alertname));
  say(`\nAlerts that fire (docs/dashboards.md says what each means): ${alerts.size === 0 ? 'none' : [...alerts].join(', ')}`);
  return empty;
}
