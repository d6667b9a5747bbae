/**
 * A case in a fresh process of its own: started, heard, and ended if it takes too long.
 */
import { fork } from 'node:child_process';
import type { Case } from '../catalogue.ts';
import { builtCase } from './built-cases.ts';
import type { FromCase, WireSettings } from './case.ts';

/** Longer than any case takes at that effort on a machine that is five times slower than the one they were written on. */
const PATIENCE_MILLIS = { smoke: 60_000, normal: 120_000, long: 600_000 } as const;

/** Runs one process of a case. Never rejects: what went wrong is the answer. */
export function launch({ file, parameter, nodeOptions = [] }: Case, settings: WireSettings): Promise<FromCase> {
  return new Promise((resolve) => {
    const wire: WireSettings = { ...settings, ...(parameter !== undefined && { parameter }) };
    const child = fork(builtCase(file), [JSON.stringify(wire)], {
      execArgv: [...nodeOptions],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const patience = PATIENCE_MILLIS[settings.effort ?? 'normal'];
    let answer: FromCase | undefined;
    const timer = setTimeout(() => {
      answer ??= { error: `It had not ended after ${patience / 1000} s.` };
      child.kill('SIGKILL');
    }, patience);
    child.on('message', (message: FromCase) => {
      answer = message;
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(answer ?? { error: `Its process ended with ${signal ?? `code ${code}`} and said nothing.` });
    });
  });
}
