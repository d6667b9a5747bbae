/**
 * The control socket as part of a worker: opened when records flow already, because nobody waits for it.
 */
import { LevelBoard } from '../caller/level-board.ts';
import { HftError } from '../errors.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { type AccountSources, readAccounts } from '../instance/health.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { unixMillis } from '../time/clock.ts';
import { VERSION } from '../version.ts';

export interface WorkerControlOptions {
  readonly start: WorkerStart;
  readonly producers: () => AccountSources['producers'];
  readonly snapshot: () => MetricsSnapshot;
  readonly onTrouble: (message: string) => void;
}

/** Undefined when it is switched off, or cannot be opened: the user has been told then. Never rejects. Returns what closes it. */
export async function openControl({
  start,
  producers,
  snapshot,
  onTrouble,
}: WorkerControlOptions): Promise<(() => void) | undefined> {
  const { config } = start;
  const { enabled, directory } = config.control;
  if (!enabled) return undefined;
  try {
    // Loaded when it is asked for: Node's HTTP server takes longer to load than all of a worker's own code.
    const [{ ControlServer }, { LevelControl }, { defaultControlDirectory }] = await Promise.all([
      import('../control/server.ts'),
      import('../control/level-control.ts'),
      import('../control/sockets.ts'),
    ]);
    const service = String(config.resource['service.name']);
    const levels = new LevelControl(new LevelBoard(openBlock(start.signals), config), unixMillis);
    const status = () => {
      const health = readAccounts({ memory: start, producers: producers(), foldedSeries: Object.values(start.foldedSeries) });
      return {
        version: VERSION,
        service,
        instanceId: config.instanceId,
        pid: process.pid,
        environment: config.environment,
        uptimeSeconds: process.uptime(),
        timeUnixMillis: unixMillis(),
        health,
        metrics: snapshot(),
      };
    };
    const server = await ControlServer.open({ directory: directory ?? defaultControlDirectory(), service, status, levels });
    return () => {
      levels.close();
      server.close();
    };
  } catch (error) {
    onTrouble(
      `HFT_CONTROL: ${new HftError('HFT_CONTROL', `The control socket cannot be opened: ${(error as Error).message}`).message}`,
    );
    return undefined;
  }
}
