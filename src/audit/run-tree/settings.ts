/**
 * The run of an instance: one name for all lines that it writes, and one tree over them.
 *
 * A generated `service.instance.id` is a run's name. A configured one comes again with the next start of the process, so the name of the start is appended.
 */
import { randomUint32 } from '../../common/random.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import type { Block } from '../../memory/block.ts';
import { nameRun, runNameOf } from '../../memory/run.ts';
import type { RunTreeSettings } from './run-tree.ts';

const RUN_ATTRIBUTE = 'hft.run';

export interface RunIdentity {
  readonly instanceId: string;
  /** Of the process, eight hexadecimal digits. */
  readonly start: string;
  /** Member `run` of audit lines. */
  readonly run: string;
  /** Which files they go to. */
  readonly trail: string;
}

/** Stores the run's name in its memory, where a recovery finds it (`runNameOf`). To be called once. */
export function identifyRun(run: Block, config: ResolvedConfig): RunIdentity {
  nameRun(run, randomUint32(), config.isInstanceIdGiven);
  return { instanceId: config.instanceId, ...runNameOf(run), trail: trailOf(config) };
}

/** Whether an instance of this configuration goes on with the run. */
export function isSameRun({ instanceId, trail }: RunIdentity, config: ResolvedConfig): boolean {
  return instanceId === config.instanceId && trail === trailOf(config);
}

function trailOf({ backends: { audit } }: ResolvedConfig): string {
  return audit.enabled ? `${audit.rotation} ${audit.path}` : '';
}

export function runTreeSettings(
  { resource, backends }: ResolvedConfig,
  { instanceId, start, run }: RunIdentity,
): RunTreeSettings {
  return { service: String(resource['service.name']), instance: instanceId, start, run, signingKey: backends.audit.signingKey };
}

/** Member `run` of lines whose events were numbered by the instance of this id; undefined: by this one. */
export function runOf(instanceId: string | undefined, own: RunIdentity): string {
  return instanceId === undefined || instanceId === own.instanceId ? own.run : instanceId;
}

/**
 * Attributes of the resource that records of a run are sent under. Where the run has another name than its `service.instance.id`, `hft.run` says
 * it: numbers begin anew with each start, and at the far end an id alone would not distinguish the events of two starts.
 */
export function resourceOfRun<Value>(
  resource: Readonly<Record<string, Value>>,
  run: string,
): Readonly<Record<string, Value | string>> {
  return run === resource['service.instance.id'] ? resource : { ...resource, [RUN_ATTRIBUTE]: run };
}
