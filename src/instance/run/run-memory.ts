/**
 * Where the memory of a run lies: in files that outlive the process, if that is asked for and can be had.
 */

import { errorText } from '../../common/error-text.ts';
import { thisProcess } from '../../common/process/process-identity.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { HftError } from '../../errors.ts';
import { type AllocatorSettings, SHARED_MEMORY } from '../../memory/allocator.ts';
import { isMissing, libc } from '../../memory/mapped/libc.ts';
import { defaultDirectory, foldersOf, freeBytesIn, makeRunFolder, openDirectory } from '../../memory/mapped/run-folder.ts';
import { RUN_TABLE_BYTES, RunTable } from '../../memory/mapped/run-table.ts';
import type { RecoveryScope } from '../../recovery/report.ts';
import { unixMillis } from '../../time/clock.ts';

export interface RunMemory {
  readonly allocator: AllocatorSettings;
  /** Why it is not mapped; undefined if it is, or if persistence is off. */
  readonly notMapped?: string;
}

type Persistent = Pick<ResolvedConfig, 'persistence' | 'resource'>;

const MIB = 1_048_576;

/** `bytes`: what the run will take for certain. Never throws: without files, logging goes on in memory of the process. */
export function openRunMemory(config: Persistent, bytes: number): RunMemory {
  if (!config.persistence.enabled) return { allocator: SHARED_MEMORY };
  const calls = libc();
  if (isMissing(calls)) return notMapped(calls.missing);
  const directory = directoryOf(config);
  try {
    openDirectory(directory);
    const free = freeBytesIn(directory);
    if (free < bytes) return notMapped(noRoom(directory, bytes, free));
    const { resource } = config;
    const identity = { process: thisProcess(), madeMillis: unixMillis(), service: serviceKeyOf(config), resource };
    const { folder, address, table } = makeRunFolder(calls, directory, identity, String(resource['service.name']));
    table.enter();
    return { allocator: { in: 'mapped', folder, address } };
  } catch (error) {
    return notMapped(`${directory} cannot be used: ${errorText(error)}. Set persistence.directory to another one`);
  }
}

/** The runs that this service may have left. They are looked for where memory is shared too: a dead run may be what takes the room. */
export function recoveryOf(config: Persistent): RecoveryScope | undefined {
  if (!config.persistence.enabled || isMissing(libc())) return undefined;
  return { directory: directoryOf(config), service: serviceKeyOf(config) };
}

/** Whether folders of other runs of the service are there: such runs may be dead. */
export function hasOtherRuns(config: Persistent, { allocator }: { readonly allocator: AllocatorSettings }): boolean {
  if (recoveryOf(config) === undefined) return false;
  const own = allocator.in === 'mapped' ? allocator.folder : undefined;
  return foldersOf(directoryOf(config), String(config.resource['service.name'])).some((folder) => folder !== own);
}

/** Memory of the run that goes on. */
export function rejoin(allocator: AllocatorSettings): RunMemory {
  tableOf(allocator)?.enter();
  return { allocator };
}

/** The table of a run in files. */
export function tableOf(allocator: AllocatorSettings): RunTable | undefined {
  // Without files the package is not loaded, which takes milliseconds.
  if (allocator.in === 'shared') return undefined;
  const calls = libc();
  if (isMissing(calls)) return undefined;
  return new RunTable(calls.view(allocator.address, RUN_TABLE_BYTES));
}

export function directoryOf({ persistence }: Pick<ResolvedConfig, 'persistence'>): string {
  return persistence.directory ?? defaultDirectory();
}

/** The name by which the next start of the same service finds its runs. Programs without a service name share one: their main file distinguishes them. */
function serviceKeyOf({ resource }: Pick<ResolvedConfig, 'resource'>): string {
  const name = String(resource['service.name']);
  const key = `${resource['service.namespace'] ?? ''}/${name}`;
  return name.startsWith('unknown_service') ? `${key} ${process.argv[1] ?? ''}` : key;
}

/** Whether it is worth a warning. The preset `production` takes files where it can, and does not warn where the package for it is not installed. */
export function isNews(
  { persistence }: Pick<ResolvedConfig, 'persistence'>,
  { notMapped: reason }: { readonly notMapped?: string },
): boolean {
  return reason !== undefined && (persistence.isRequired || !isMissing(libc()));
}

export function adviceOn({ notMapped: reason }: { readonly notMapped?: string }): string {
  const { code, message } = new HftError('HFT_PERSISTENCE', `A crash loses what is not delivered: ${reason}.`);
  return `${code}: ${message}`;
}

export function notMapped(reason: string): RunMemory {
  return { allocator: SHARED_MEMORY, notMapped: reason };
}

/** A container's /dev/shm has 64 MiB by default. */
export function noRoom(directory: string, bytes: number, free: number): string {
  const needed = Math.ceil(bytes / MIB);
  return (
    `${directory} has ${Math.floor(free / MIB)} MiB free and ${needed} MiB are needed. ` +
    `Give it more (docker run --shm-size=${2 ** Math.ceil(Math.log2(needed * 2))}m; in Kubernetes an emptyDir with medium: Memory), ` +
    'set persistence.directory to a disk, or lower the bufferBytes of backends and ringBufferSize'
  );
}
