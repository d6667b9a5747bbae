/**
 * `hft-otel recover`: deliver records that killed processes left in persistent memory, for services that do not come back by themselves.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MemoryHealth } from '../caller/api.ts';
import { errorText } from '../common/error-text.ts';
import { ownUserId } from '../common/own-user.ts';
import type { LoggingConfig } from '../config/types.ts';
import { openInstance } from '../logging.ts';
import { isMissing, libc } from '../memory/mapped/libc.ts';
import { defaultDirectory } from '../memory/mapped/run-folder.ts';
import { textOf } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { CONFIG_OPTIONS, configFrom, resolutionFrom } from './config-options.ts';
import { count } from './numbers.ts';

const EXIT_FAILED = 1;

export const recoverCommand: Command = {
  name: 'recover',
  summary: 'deliver records that killed processes left in persistent memory',
  options: {
    ...CONFIG_OPTIONS,
    service: {
      type: 'string',
      short: 's',
      placeholder: 'NAME',
      help: 'recover only runs of this service: its name, or namespace/name',
    },
    json: { type: 'boolean', help: 'print the result as one JSON object' },
  },
  operands: { placeholder: 'DIRECTORY', help: 'folder of the runs; default: persistence.directory', least: 0, most: 1 },
  exitCodes: { [EXIT_FAILED]: 'a run could not be read, or not all records were delivered; run the command again for the rest' },
  notes: [
    'The routes of the configuration decide where the records go, so give the configuration of the service. The next start of a service recovers its records by itself.',
    'The command needs the package koffi. It leaves alone the runs of living processes and runs that another process is recovering.',
  ],
  async run(values, [operand]) {
    const calls = libc();
    if (isMissing(calls)) throw new UsageError(`Runs cannot be read: ${calls.missing}.`);
    const config = withoutServers(await configFrom(values));
    const directory = resolve(
      operand ?? config.persistence?.directory ?? process.env.HFT_PERSISTENCE_DIRECTORY ?? defaultDirectory(),
    );
    refuseForeign(directory);
    const resolution = resolutionFrom({ ...config, persistence: { enabled: true, directory } });
    const { logging } = openInstance(resolution, { recovery: { directory, service: keyOf(textOf(values, 'service')) } });
    await logging.recovered;
    const { complete } = await logging.shutdown();
    const { memory, warnings } = logging.health();
    console.log(values.json ? JSON.stringify({ directory, complete, ...memory.recovered }) : told(directory, memory.recovered));
    for (const warning of warnings) console.error(warning);
    return complete && memory.recovered.damaged === 0 ? 0 : EXIT_FAILED;
  },
};

/** The service may be running: it needs its ports, and its page must show its own values. */
function withoutServers(config: LoggingConfig): LoggingConfig {
  return { ...config, backends: { ...config.backends, prometheus: { enabled: false }, histogram: { enabled: false } } };
}

/**
 * Another user's runs are read by nobody else. Said before anything is opened: an audit file that root has made is one that the service can no longer write to.
 */
function refuseForeign(directory: string): void {
  const owner = ownerOf(directory);
  if (owner === undefined || owner === ownUserId()) return;
  throw new UsageError(
    `${directory} belongs to user ${owner}: run the command as that user (sudo -u '#${owner}'), who can read the runs and to whom the files belong that it writes.`,
  );
}

/** Undefined: it is not there. */
function ownerOf(directory: string): number | undefined {
  try {
    return statSync(directory, { throwIfNoEntry: false })?.uid;
  } catch (error) {
    throw new UsageError(`${errorText(error)}. Run the command as the user of the service, who can read the runs there.`);
  }
}

function keyOf(service: string | undefined): string | undefined {
  return service === undefined || service.includes('/') ? service : `/${service}`;
}

function told(
  directory: string,
  { runs, logs, audit, blackBox, encoded, undeliverable, damaged }: MemoryHealth['recovered'],
): string {
  if (runs + damaged === 0) return `Nothing to recover in ${directory}.`;
  const lines = [
    `${count(runs)} ${runs === 1 ? 'run' : 'runs'} recovered: ${count(logs)} log records and ${count(audit)} audit events from rings, ${count(encoded)} records that were encoded.`,
  ];
  if (blackBox > 0)
    lines.push(`${count(blackBox)} of the log records were kept by black boxes, below the level that was written.`);
  if (undeliverable > 0)
    lines.push(`${count(undeliverable)} records were encoded for backends that this configuration does not have.`);
  if (damaged > 0) lines.push(`${count(damaged)} ${damaged === 1 ? 'run' : 'runs'} cannot be read.`);
  return lines.join('\n');
}
