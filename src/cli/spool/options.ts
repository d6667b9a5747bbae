/**
 * The spools that a command of `hft-otel spool` works on.
 */
import { resolve } from 'node:path';
import { errorText } from '../../common/error-text.ts';
import { LANES, type Lane } from '../../record.ts';
import { type SpoolSummary, summariesIn } from '../../spool/summary.ts';
import { choiceOf, textOf } from '../arguments.ts';
import { type OptionSpecs, UsageError, type Values } from '../command.ts';
import { CONFIG_OPTIONS, configFrom, resolvedFrom } from '../config-options.ts';

export const SPOOL_OPTIONS: OptionSpecs = {
  ...CONFIG_OPTIONS,
  service: { type: 'string', short: 's', placeholder: 'NAME', help: 'only spools of this service' },
  lane: { type: 'string', placeholder: 'LANE', help: 'only records of this lane: logs or audit' },
  json: { type: 'boolean', help: 'print one JSON object' },
};

/** Directory of the operand, or else of the configuration. */
export async function directoryFrom(values: Values, operand: string | undefined): Promise<string> {
  if (operand !== undefined) return resolve(operand);
  const { spool } = resolvedFrom(await configFrom(values)).backends.otlp;
  return spool?.directory ?? resolve('logs/otlp-spool');
}

export async function chosenIn(directory: string, values: Values): Promise<readonly SpoolSummary[]> {
  const service = textOf(values, 'service');
  const lane: Lane | undefined = choiceOf(values, 'lane', LANES);
  const all = await summariesIn(directory).catch((error: unknown) => {
    throw new UsageError(
      `${errorText(error)}. Run the command as the user of the service, and name the folder that holds its spools.`,
    );
  });
  return all.filter((each) => (service === undefined || each.service === service) && (lane === undefined || each.lane === lane));
}
