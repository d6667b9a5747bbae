/**
 * Opens the console backend.
 */
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { ConsoleSink } from './console.ts';
import { encoderOf } from './encoder.ts';
import { RedirectedSink } from './redirected.ts';
import type { ConsoleSettings } from './settings.ts';

export function open(settings: ConsoleSettings, { jsonLines, port }: RecordTools): OpenedBytes {
  const { stream, isRedirected } = settings;
  return {
    sink: isRedirected && port !== undefined ? new RedirectedSink(port) : new ConsoleSink({ stream }),
    encoder: encoderOf(settings, jsonLines),
  };
}
