/**
 * The collector that the demo sends to: by option, by environment, or one that runs on this machine.
 */
import { isListening } from './ports.ts';

/** OTLP over HTTP, as the protocol's specification gives it. */
const DEFAULT_PORT = 4318;

export interface CollectorEndpoint {
  /** Absent: nothing is shipped. */
  readonly url?: string;
  readonly why: string;
}

/**
 * @param asked a URL, or false when shipping was forbidden, or undefined to find out
 */
export async function findCollector(asked: string | false | undefined, env: NodeJS.ProcessEnv): Promise<CollectorEndpoint> {
  if (asked === false) return { why: '--no-otlp' };
  if (asked !== undefined) return { url: asked, why: '--otlp' };
  const configured = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (configured !== undefined && configured !== '') return { url: configured, why: 'OTEL_EXPORTER_OTLP_ENDPOINT' };
  if (await isListening(DEFAULT_PORT)) return { url: `http://127.0.0.1:${DEFAULT_PORT}`, why: 'something listens there' };
  return { why: `nothing listens on 127.0.0.1:${DEFAULT_PORT}` };
}
