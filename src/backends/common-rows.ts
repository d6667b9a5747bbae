/**
 * Rows of settings that several backends have.
 */
import { listOf } from '../settings/kinds/composite-kinds.ts';
import { boolean, bytes, oneOf } from '../settings/kinds/kinds.ts';
import { backendName, level as levelKind } from '../settings/kinds/value-kinds.ts';
import { type ConstantSetting, type DerivedSetting, setting } from '../settings/setting.ts';
import type { Environment } from '../settings/vocabulary.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const MINUTE_MILLIS = 60_000;
export const HOUR_MILLIS = 60 * MINUTE_MILLIS;

/** `environment`: where the backend runs when the configuration names no backend. */
export function enabled(environment?: Environment): DerivedSetting<boolean> {
  const unnamed = environment === 'test' ? 'the environment test' : environment;
  return setting(boolean, 'Whether this backend runs.', {
    derived: `true when its section is given${unnamed === undefined ? '' : `; without any section: in ${unnamed}`}`,
  });
}

export const level = setting(
  levelKind,
  'Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`.',
  { value: 'trace', origin: 'the backend takes all that loggers write' },
);

export const failover = setting(
  listOf(backendName, 31),
  'Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md).',
  { value: [] as readonly string[], origin: 'records wait for their destination' },
);

/** Two slots of 64 KiB at least; 1 GiB is more than a process of this kind should keep waiting. */
export function bufferBytes(
  what: string,
  more: { readonly value: number; readonly unit?: string; readonly origin: string; readonly atLimit: string },
): ConstantSetting<number> {
  return setting(bytes(128 * KIB, GIB), `Size of the queue of records that wait for the ${what}.`, { unit: 'bytes', ...more });
}

export function rotationClock(origin: string): ConstantSetting<'utc' | 'local'> {
  return setting(oneOf(['utc', 'local'] as const), 'Clock for `daily` and `hourly` rotation.', { value: 'utc', origin });
}
