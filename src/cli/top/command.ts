/**
 * `hft-otel top`: the activity of a running process, read repeatedly over its control socket.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from '../../control/client.ts';
import { type ControlStatus, STATUS_PATH } from '../../control/protocol.ts';
import { numberOf } from '../arguments.ts';
import type { Command, Values } from '../command.ts';
import { PROCESS_OPTIONS, processOf } from '../control/processes.ts';
import { orRefused, REFUSED_CODE } from '../control/refused.ts';
import { paintFor } from '../paint.ts';
import { Output } from '../records/output.ts';
import { renderTop } from './render.ts';
import { viewOf } from './view.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const OTHER_SCREEN = '\u001b[?1049h';
const OWN_SCREEN = '\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_TO_END_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

export const topCommand: Command = {
  name: 'top',
  summary: 'show live what a running process logs, drops and delivers: rates, percentiles, backends',
  options: {
    interval: { type: 'string', short: 'i', placeholder: 'SECONDS', help: 'time between two readings (default 1)' },
    once: { type: 'boolean', short: '1', help: 'print one interval, then end' },
    json: { type: 'boolean', help: 'print a line of JSON for each interval, with all series' },
    ...PROCESS_OPTIONS,
  },
  notes: [
    'The process needs control.enabled, which both presets switch on. If the output is piped, intervals are printed one below the other. Ctrl-C ends it.',
  ],
  exitCodes: { ...REFUSED_CODE, 130: 'ended by Ctrl-C' },
  run: (values) => orRefused('top', () => run(values)),
};

async function run(values: Values): Promise<number> {
  const millis = numberOf(values, 'interval', 1, { least: 0.1, most: 3_600 }) * 1_000;
  const { path } = await processOf(values);
  const read = () => ask<ControlStatus>(path, 'GET', STATUS_PATH);
  using output = new Output();
  const { signal } = output;
  const isLive = process.stdout.isTTY && !values.once && !values.json;
  using _screen = isLive ? takeScreen() : undefined;
  const paint = paintFor(process.stdout);
  let before = await read();
  while (!signal.aborted) {
    await wait(millis, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const now = await read();
    const view = viewOf(before, now);
    before = now;
    if (values.json) await output.write(`${JSON.stringify(view)}\n`);
    else if (isLive) await output.write(frame(renderTop(view, paint, process.stdout.rows)));
    else await output.write(`${renderTop(view, paint, undefined).join('\n')}\n${values.once ? '' : '\n'}`);
    await output.flush();
    if (values.once) break;
  }
  return output.exitCode;
}

/** Restores the terminal when it is disposed of. */
function takeScreen(): Disposable {
  process.stdout.write(OTHER_SCREEN + HIDE_CURSOR);
  return { [Symbol.dispose]: () => void process.stdout.write(SHOW_CURSOR + OWN_SCREEN) };
}

/** Written over the screen before: erasing it first would flicker. */
function frame(lines: readonly string[]): string {
  const shown = lines.slice(0, (process.stdout.rows || lines.length + 1) - 1);
  return HOME + shown.map((line) => `${line}${ERASE_TO_END_OF_LINE}\n`).join('') + ERASE_BELOW;
}
