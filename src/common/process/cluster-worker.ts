/**
 * Which worker of a `node:cluster` this process is.
 */
import type { Cluster } from 'node:cluster';

/**
 * pm2's number of the instance, which a restarted one takes over, or the cluster's own, which it does not. Undefined outside of a cluster, in its primary, and
 * in threads that are not the main one.
 */
export function clusterWorkerOf(env: NodeJS.ProcessEnv): string | undefined {
  // A worker has a channel to its primary. Without one the module is not loaded: it takes 4 ms of a service's start.
  if (process.channel === undefined) return undefined;
  const cluster = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  return cluster.worker === undefined ? undefined : (env.NODE_APP_INSTANCE ?? String(cluster.worker.id));
}
