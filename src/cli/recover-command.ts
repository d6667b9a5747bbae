/**
 * `hft-otel recover`: deliver records that killed processes left in persistent memory, for services that do not come back by themselves.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MemoryHealth } from '../caller/api.ts';
import { openInstance } from '../logging.ts';
import { isMissing, libc } from '../memory/mapped/libc.ts';
import { defaultDirectory } from '../memory/mapped/run-folder.ts';
import { textOf } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { CONFIG_OPTIONS, configFrom, resolutionFrom } from './config-options.ts';
import { count } from './numbers.ts';
import { refuseDisabled, refuseForeign, withoutServers } from './quiet-instance.ts';

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
    'discard-unrouted': {
      type: 'boolean',
      help: 'deliver also runs with records that would go to no backend, and discard those records',
    },
    json: { type: 'boolean', help: 'print the result as one JSON object' },
  },
  operands: { placeholder: 'DIRECTORY', help: 'folder of the runs; default: persistence.directory', least: 0, most: 1 },
  exitCodes: {
    [EXIT_FAILED]:
      'a run could not be read, or not all records were delivered: those that are left stay in the memory of their runs; run the command again for them',
  },
  notes: [
    'The routes of the configuration decide where the records go, so give the configuration of the service. The next start of a service recovers its records by itself.',
    'A run with records that would go to no backend of this configuration stays as it is, and the message says how many they are: the configuration may be of another service.',
    'The command needs the package koffi. It leaves alone the runs of living processes and runs that another process is recovering.',
  ],
  async run(values, [operand]) {
    const calls = libc();
    if (isMissing(calls)) throw new UsageError(`Runs cannot be read: ${calls.missing}.`);
    const config = await configFrom(values);
    const directory = resolve(
      operand ?? config.persistence?.directory ?? process.env.HFT_PERSISTENCE_DIRECTORY ?? defaultDirectory(),
    );
    const resolution = resolutionFrom({ ...config, diagnosticLevel: 'none', persistence: { enabled: true, directory } });
    refuseDisabled(resolution);
    refuseForeign(directory, 'runs');
    const { logging } = openInstance(withoutServers(resolution), {
      recovery: {
        directory,
        service: keyOf(textOf(values, 'service')),
        keepsUndeliverable: values['discard-unrouted'] !== true,
      },
    });
    await logging.recovered;
    const { complete: isFlushed } = await logging.shutdown();
    const { memory, backends, warnings } = logging.health();
    const { recovered } = memory;
    const dropped = Object.values(backends).reduce((sum, { droppedTotal }) => sum + droppedTotal, 0);
    const complete = isFlushed && dropped + recovered.waiting + recovered.damaged === 0;
    console.log(
      values.json ? JSON.stringify({ directory, complete, dropped, ...recovered }) : told(directory, recovered, dropped),
    );
    for (const warning of warnings) console.error(warning);
    if (!isFlushed) {
      const name = String(resolution.config.resource['service.name']);
      console.error(
        `Not everything was delivered in time. The rest waits in a run of the service ${name}: run the command again, without --service.`,
      );
    }
    return complete ? 0 : EXIT_FAILED;
  },
};

function keyOf(service: string | undefined): string | undefined {
  return service === undefined || service.includes('/') ? service : `/${service}`;
}

function told(
  directory: string,
  { runs, logs, audit, blackBox, encoded, unrouted, undeliverable, waiting, damaged }: MemoryHealth['recovered'],
  dropped: number,
): string {
  if (runs + damaged + waiting === 0) return [`Nothing to recover in ${directory}.`, ...leftIn(directory)].join(' ');
  const lines: string[] = [];
  if (runs > 0)
    lines.push(
      `${count(runs)} ${runs === 1 ? 'run' : 'runs'} recovered: ${count(logs)} log records and ${count(audit)} audit events from rings, ${count(encoded)} records that were encoded.`,
    );
  if (blackBox > 0)
    lines.push(`${count(blackBox)} of the log records were kept by black boxes, below the level that was written.`);
  if (unrouted > 0) lines.push(`${count(unrouted)} of them went to no backend and are discarded.`);
  if (undeliverable > 0)
    lines.push(
      `${count(undeliverable)} records were encoded for backends that this configuration does not have, and are discarded.`,
    );
  if (dropped > 0) lines.push(`${count(dropped)} records were lost at a backend.`);
  if (waiting > 0) lines.push(`${count(waiting)} records were not delivered, and stay in the memory of their runs.`);
  if (damaged > 0) lines.push(`${count(damaged)} ${damaged === 1 ? 'run' : 'runs'} cannot be read.`);
  return lines.join('\n');
}

/** The user may have meant one of them. */
function leftIn(directory: string): string[] {
  const left = existsSync(directory) ? readdirSync(directory).length : 0;
  if (left === 0) return [];
  return [
    `What is there (${count(left)}) belongs to living processes, to other services than --service names, or cannot be read.`,
  ];
}
