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
  summary: 'opens the live page of a running process: records, metrics, health and levels in a browser',
  options: {
    close: { type: 'boolean', help: 'closes it; nothing listens any more' },
    json: { type: 'boolean', help: 'the address as JSON' },
    ...PROCESS_OPTIONS,
  },
  notes: [
    'Prints the address with its token: who has it may read what is logged, and change levels. From another machine, lead its port through ssh: ssh -L 9465:127.0.0.1:PORT HOST.',
    'The page has the port of page.port, or else any free one, on this machine alone. Needs control.enabled in the process, which both presets have.',
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
