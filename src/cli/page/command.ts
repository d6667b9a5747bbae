/**
 * `hft-otel page`: opens the live page of a running process, and prints its address.
 */
import { ask } from '../../control/client.ts';
import { PAGE_PATH, type PageAnswer } from '../../control/protocol.ts';
import type { Command, Values } from '../command.ts';
import { PROCESS_OPTIONS, processOf } from '../control/processes.ts';
import { orRefused, REFUSED_CODE } from '../control/refused.ts';

export const pageCommand: Command = {
  name: 'page',
  summary: 'open the live page of a running process in a browser: records, metrics, health, levels',
  options: {
    close: { type: 'boolean', help: 'close the page: nothing listens any more' },
    json: { type: 'boolean', help: 'print the address as JSON' },
    ...PROCESS_OPTIONS,
  },
  notes: [
    'Prints the address with its token. Anyone who has the token can read what is logged, and change levels.',
    'From another machine, forward the port with ssh: ssh -L 9465:127.0.0.1:PORT HOST.',
    'The page listens on page.port, or on any free port if that is not set. Only this machine can reach it, unless page.host is set.',
    'The process needs control.enabled, which both presets switch on.',
  ],
  exitCodes: REFUSED_CODE,
  run: (values) => orRefused('page', () => run(values)),
};

async function run(values: Values): Promise<number> {
  const { path, service, pid } = await processOf(values);
  const answer = await ask<PageAnswer>(path, values.close ? 'DELETE' : 'POST', PAGE_PATH);
  if (values.json) console.log(JSON.stringify({ service, pid, ...answer }));
  else console.log(answer.url ?? `The page of ${service}, process ${pid}, is closed.`);
  return 0;
}
