/**
 * The console on the caller's thread, at the end of an instance whose worker has not begun. Not in the worker's bundle.
 */
import { runSync } from '../../files/steps.ts';
import type { OpenAtExit } from '../opening-at-exit.ts';
import { ConsoleWriter } from './console.ts';
import { encoderOf } from './encoder.ts';
import type { ConsoleSettings } from './settings.ts';

/** Where the host has replaced `process.stdout.write`, its lines come from the worker. */
export function atExit(settings: ConsoleSettings): OpenAtExit | undefined {
  const { stream, isRedirected } = settings;
  if (isRedirected) return undefined;
  return ({ jsonLines, isOver }) => {
    const writer = new ConsoleWriter({ stream, isOver });
    return { writer, encoder: encoderOf(settings, jsonLines), close: () => runSync(writer.close()) };
  };
}
