/**
 * What operators reach of a worker: the control socket and the live page. Opened when records flow already, because nobody waits for them.
 */
import { LevelBoard } from '../caller/level-board.ts';
import { errorText } from '../common/error-text.ts';
import type { LevelControl } from '../control/level-control.ts';
import type { ControlStatus } from '../control/protocol.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { type ErrorCode, HftError } from '../errors.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { type AccountSources, auditTrail, readAccounts } from '../instance/health.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import type { LaneSource } from '../read/lane-source.ts';
import { unixMillis } from '../time/clock.ts';
import { VERSION } from '../version.ts';
import type { Onlooker } from './drain.ts';
import { LivePage } from './page.ts';

export interface WorkerControlOptions {
  readonly start: WorkerStart;
  readonly producers: () => AccountSources['producers'];
  readonly snapshot: () => MetricsSnapshot;
  readonly encoderOf: (source: LaneSource) => Encoder;
  /** Somebody looks at the records that pass, or no longer does. */
  readonly onlook: (onlooker: Onlooker | undefined) => void;
  readonly onWarning: (message: string) => void;
}

/** Never rejects: a warning reports what cannot be opened. Returns what closes it. Undefined when all of it is switched off. */
export async function openControl(options: WorkerControlOptions): Promise<(() => void) | undefined> {
  const { start, onWarning } = options;
  const { config } = start;
  if (!config.control.enabled && config.page.port === undefined) return undefined;
  // Loaded only when it is needed: Node's HTTP server takes longer to load than all of a worker's own code.
  const { LevelControl } = await import('../control/level-control.ts');
  const levels = new LevelControl(new LevelBoard(openBlock(start.signals), config), unixMillis);
  const { encoderOf, onlook } = options;
  const status = () => statusOf(options);
  const page = new LivePage({ settings: config.page, status, levels, encoderOf, onlook });
  const tell = (code: ErrorCode, what: string) => (error: unknown) => {
    onWarning(`${code}: ${new HftError(code, `${what} cannot be opened: ${errorText(error)}`).message}`);
    return undefined;
  };
  const [closeSocket] = await Promise.all([
    config.control.enabled ? openSocket(options, levels, page).catch(tell('HFT_CONTROL', 'The control socket')) : undefined,
    config.page.port === undefined ? undefined : page.open().catch(tell('HFT_PAGE', 'The live page')),
  ]);
  return () => {
    levels.close();
    page.end();
    closeSocket?.();
  };
}

async function openSocket(options: WorkerControlOptions, levels: LevelControl, page: LivePage): Promise<() => void> {
  const { config } = options.start;
  const [{ ControlServer }, { defaultControlDirectory }] = await Promise.all([
    import('../control/server.ts'),
    import('../control/sockets.ts'),
  ]);
  const server = await ControlServer.open({
    directory: config.control.directory ?? defaultControlDirectory(),
    service: String(config.resource['service.name']),
    status: () => statusOf(options),
    levels,
    page,
  });
  return () => server.close();
}

function statusOf({ start, producers, snapshot }: WorkerControlOptions): ControlStatus {
  const { config } = start;
  const accounts = readAccounts({ memory: start, producers: producers(), foldedSeries: Object.values(start.foldedSeries) });
  return {
    version: VERSION,
    service: String(config.resource['service.name']),
    instanceId: config.instanceId,
    pid: process.pid,
    environment: config.environment,
    uptimeSeconds: process.uptime(),
    timeUnixMillis: unixMillis(),
    health: { ...accounts, audit: { ...accounts.audit, ...auditTrail(start, config.backends.audit) } },
    metrics: snapshot(),
  };
}
