/**
 * Instances that a command opens in place of a service, which may be running, or belong to another user.
 */
import { statSync } from 'node:fs';
import { errorText } from '../common/error-text.ts';
import { ownUserId } from '../common/own-user.ts';
import type { Resolution } from '../config/resolve.ts';
import { UsageError } from './command.ts';

/** The service needs its ports, and its pages must show its own values. */
export function withoutServers(resolution: Resolution): Resolution {
  const { config } = resolution;
  const { prometheus, histogram } = config.backends;
  return {
    ...resolution,
    config: {
      ...config,
      control: { ...config.control, enabled: false },
      page: { ...config.page, port: undefined },
      backends: {
        ...config.backends,
        prometheus: { ...prometheus, enabled: false, pushGatewayUrl: undefined },
        histogram: { ...histogram, enabled: false },
      },
    },
  };
}

/** The same with OTLP for records alone: it writes no files but its own, and exports no metrics under the service's name. */
export function withOtlpAlone(resolution: Resolution): Resolution {
  const { config, ...rest } = withoutServers(resolution);
  const { backends } = config;
  const { console, file, audit, bridge, memory, otlp } = backends;
  return {
    ...rest,
    bridgeTarget: undefined,
    config: {
      ...config,
      persistence: { ...config.persistence, enabled: false },
      backends: {
        ...backends,
        console: { ...console, enabled: false },
        file: { ...file, enabled: false },
        audit: { ...audit, enabled: false },
        bridge: { ...bridge, enabled: false },
        memory: { ...memory, enabled: false },
        otlp: { ...otlp, metrics: undefined, failover: [] },
        modules: [],
      },
    },
  };
}

/** Throws {@link UsageError} where nothing would be delivered, because OpenTelemetry is switched off in this environment. */
export function refuseDisabled({ config }: Resolution): void {
  if (config.disabled)
    throw new UsageError('OTEL_SDK_DISABLED is true, so nothing would be delivered: unset it for this command (env -u).');
}

/**
 * Another user's files are read by nobody else. Said before anything is opened: a file that root has made is one that the service can no longer write to.
 *
 * @param what in the directory, for the message
 */
export function refuseForeign(directory: string, what: string): void {
  const owner = ownerOf(directory, what);
  if (owner === undefined || owner === ownUserId()) return;
  throw new UsageError(
    `${directory} belongs to user ${owner}: run the command as that user (sudo -u '#${owner}'), who can read the ${what} and to whom the files belong that it writes.`,
  );
}

/** Undefined: it is not there. */
function ownerOf(directory: string, what: string): number | undefined {
  try {
    return statSync(directory, { throwIfNoEntry: false })?.uid;
  } catch (error) {
    throw new UsageError(`${errorText(error)}. Run the command as the user of the service, who can read the ${what} there.`);
  }
}
