/** The options of a pino logger, and what can be said of them once. */
import type { LevelTable } from './level-table.ts';
import type { PathRedaction } from './redact.ts';
import { serializedKeys } from './serialize.ts';
import type { PinoFormatters, PinoOptions, Serializers } from './types.ts';

/** State that a logger shares with its children. */
export type SharedOptions = Pick<PinoOptions, 'mixin' | 'mixinMergeStrategy' | 'hooks' | 'nestedKey' | 'levelComparison'> & {
  readonly messageKey: string;
  readonly errorKey: string;
};

/** Options of a child that differ from its parent's. */
export interface OwnOptions {
  readonly serializers: Serializers;
  readonly formatters: PinoFormatters;
  readonly redaction: PathRedaction | undefined;
  readonly prefix: string;
  readonly table: LevelTable;
  /** `undefined`: the configuration's levels alone decide. */
  readonly level: string | undefined;
}

export interface Own extends OwnOptions {
  /** No code of the user's stands between a call and its record, but for serializers. */
  readonly isSimple: boolean;
  /** Keys whose values go through the user's serializers; empty: none. */
  readonly serialized: readonly string[];
}

/** What can be said of the options once, for all children that have the same. */
export function ownOf(
  options: OwnOptions,
  { mixin, hooks, nestedKey, levelComparison, messageKey, errorKey }: SharedOptions,
): Own {
  const { table, serializers, formatters, redaction, prefix } = options;
  const serialized = serializedKeys(serializers, errorKey);
  const isSimple =
    (mixin ?? hooks?.logMethod ?? nestedKey ?? formatters.log ?? formatters.level ?? redaction) === undefined &&
    prefix === '' &&
    table.isUnshared &&
    !serialized.includes(messageKey) &&
    (levelComparison === undefined || levelComparison === 'ASC');
  return { ...options, isSimple, serialized };
}
