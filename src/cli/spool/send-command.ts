/**
 * `hft-otel spool send`: sends records that wait on disk, for services that are not started again.
 */
import type { LoggingConfig } from '../../config/types.ts';
import { openInstance } from '../../logging.ts';
import { numberOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { configFrom, resolutionFrom } from '../config-options.ts';
import { count } from '../numbers.ts';
import { refuseDisabled, refuseForeign, withOtlpAlone } from '../quiet-instance.ts';
import { chosenIn, directoryFrom, SPOOL_OPTIONS } from './options.ts';

const EXIT_LEFT = 1;

const { lane: _lane, ...SEND_OPTIONS } = SPOOL_OPTIONS;

export const spoolSendCommand: Command = {
  name: 'spool send',
  summary: 'send the records that wait on disk, for services that will not start again',
  options: {
    ...SEND_OPTIONS,
    timeout: { type: 'string', short: 't', placeholder: 'SECONDS', help: 'longest time that it may take (default 60)' },
  },
  operands: { placeholder: 'DIRECTORY', help: 'folder of the spools; default: backends.otlp.spool.directory', least: 0, most: 1 },
  exitCodes: {
    [EXIT_LEFT]:
      'records are left, because the destination is away or the time was over: run the command again for the rest. Or records are lost: damaged files, a refusal',
  },
  notes: [
    'Records are sent to backends.otlp of the configuration, so give the configuration of the service. Spools that a running service uses are left alone.',
  ],
  async run(values, [operand]) {
    const timeoutMillis = numberOf(values, 'timeout', 60, { least: 1, most: 86_400 }) * 1_000;
    const directory = await directoryFrom(values, operand);
    refuseForeign(directory, 'spools');
    const config = await configFrom(values);
    const waiting = (await chosenIn(directory, values)).filter(({ records, bytes, isInUse }) => records + bytes > 0 && !isInUse);
    const services = [...new Set(waiting.map(({ service }) => service))];
    const sent = { services: services.length, restored: 0, delivered: 0, left: 0, lost: 0 };
    for (const service of services) {
      const { restored, delivered, left, lost } = await sendOf(service, directory, config, timeoutMillis);
      // A spool that was not opened has its records still.
      const expected = waiting.reduce((sum, each) => sum + (each.service === service ? each.records : 0), 0);
      sent.restored += Math.max(restored, expected);
      sent.delivered += delivered;
      sent.left += Math.max(left, expected - delivered - lost);
      sent.lost += lost;
    }
    console.log(values.json ? JSON.stringify({ directory, ...sent }) : told(directory, sent));
    return sent.left + sent.lost === 0 ? 0 : EXIT_LEFT;
  },
};

async function sendOf(service: string, directory: string, config: LoggingConfig, timeoutMillis: number) {
  const resolution = resolutionFrom({
    ...config,
    diagnosticLevel: 'none',
    service: { ...config.service, name: service },
    backends: {
      ...config.backends,
      otlp: { ...config.backends?.otlp, spool: { ...config.backends?.otlp?.spool, enabled: true, directory } },
    },
  });
  refuseDisabled(resolution);
  if (resolution.config.backends.otlp.logsEndpoints.length === 0)
    throw new UsageError(
      'The configuration has no backends.otlp.endpoint to send to: give the one of the service with --config.',
    );
  const { logging } = openInstance(withOtlpAlone(resolution));
  await logging.ready;
  await logging.flush({ timeoutMillis });
  await logging.shutdown();
  const { restored = 0, delivered, pending, dropped } = logging.health().backends.otlp;
  const lost = Object.values(dropped).reduce((sum, records) => sum + records, 0);
  return { restored, delivered, left: pending, lost };
}

interface Sent {
  readonly restored: number;
  readonly delivered: number;
  readonly left: number;
  readonly lost: number;
}

function told(directory: string, { restored, delivered, left, lost }: Sent): string {
  if (restored === 0) return `Nothing to send in ${directory}.`;
  const parts = [`${count(delivered)} of ${count(restored)} records were sent.`];
  if (left > 0) parts.push(`${count(left)} are left.`);
  if (lost > 0) parts.push(`${count(lost)} are lost.`);
  return parts.join(' ');
}
