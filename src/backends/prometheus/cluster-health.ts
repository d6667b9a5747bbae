/**
 * The health of all processes of a service on a host as one: the worst state of any of their backends.
 */
import type { BackendState } from '../../health/counters.ts';
import type { InstanceName } from './ended-workers.ts';

/** The parts of a process's `health()` that are in shared memory. */
export interface ProcessHealth {
  readonly backends: Readonly<Record<string, { readonly state: BackendState }>>;
}

export interface WorkerHealth {
  /** Its number in the cluster. Undefined outside of one. */
  readonly worker: string | undefined;
  readonly instance: InstanceName;
  readonly health: ProcessHealth;
}

/** From good to bad. */
const STATES: readonly BackendState[] = ['ok', 'degraded', 'failed'];

/**
 * @param silent how many processes have not answered in time: the whole is `degraded` then
 * @returns JSON, and its status: 503 when a backend of any process has failed, else 200
 */
export function clusterHealth(
  workers: readonly WorkerHealth[],
  silent: number,
): { readonly status: number; readonly body: string } {
  const stateOf = ({ health: { backends } }: WorkerHealth) => worst(Object.values(backends).map(({ state }) => state));
  const state = worst([...workers.map(stateOf), ...(silent > 0 ? (['degraded'] as const) : [])]);
  const reports = workers.map((each) => ({ worker: each.worker, pid: each.instance.pid, state: stateOf(each), ...each.health }));
  return { status: state === 'failed' ? 503 : 200, body: `${JSON.stringify({ state, silent, workers: reports })}\n` };
}

function worst(states: readonly BackendState[]): BackendState {
  return STATES[Math.max(0, ...states.map((state) => STATES.indexOf(state)))]!;
}
