/**
 * The one list of the backends in this package. Those that take records come first, in the order of their bits in routing masks; a user's own
 * come after them.
 */

import type { SettingsSection } from '../settings/section.ts';
import { auditBackend } from './audit/descriptor.ts';
import { bridgeBackend } from './bridge/descriptor.ts';
import { consoleBackend } from './console/descriptor.ts';
import type { MetricsBackendDescriptor, RecordBackend } from './descriptor.ts';
import { fileBackend } from './file/descriptor.ts';
import { memoryBackend } from './memory/descriptor.ts';
import { otlpBackend } from './otlp/descriptor.ts';
import { otlpMetricsBackend } from './otlp-metrics/descriptor.ts';
import { histogramBackend } from './percentiles/descriptor.ts';
import { prometheusBackend } from './prometheus/descriptor.ts';
import { pushGatewayBackend } from './push-gateway/descriptor.ts';

export const BUILT_IN = [
  consoleBackend,
  fileBackend,
  auditBackend,
  otlpBackend,
  bridgeBackend,
  memoryBackend,
  prometheusBackend,
  pushGatewayBackend,
  histogramBackend,
  otlpMetricsBackend,
] as const;

type BuiltIn = (typeof BUILT_IN)[number];

/** Section under `backends` → its settings. */
export type Sections = { readonly [Backend in BuiltIn as Backend['section']['name']]: Backend['section'] };

/** Section under `backends` → its resolved settings. */
export type ResolvedSections = { readonly [Name in keyof Sections]: ReturnType<Sections[Name]['resolve']> };

export const SECTIONS: readonly SettingsSection[] = [...new Set(BUILT_IN.map(({ section }) => section as SettingsSection))];

export const RECORD_BACKENDS: readonly RecordBackend<string, SettingsSection>[] = BUILT_IN.filter(
  (backend) => backend.takes === 'records',
);

export const METRICS_BACKENDS: readonly MetricsBackendDescriptor[] = BUILT_IN.filter((backend) => backend.takes === 'metrics');

/** Names of sections whose backends take metrics and no records. No route may name them. */
export const METRICS_SECTIONS: readonly string[] = SECTIONS.filter(
  (section) => !RECORD_BACKENDS.some((backend) => backend.section === section),
).map(({ name }) => name);
