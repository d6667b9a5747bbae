// npm run chaos: see USAGE, and docs/persistence.md.

import { commandLine } from '../../scripts/command-line.ts';
import { chaos } from './chaos.ts';

const USAGE = `npm run chaos [-- options]

Kills, stops, full disks and outages of the collector, at random from the seed. At the end it prints an account; the exit code is 1 if anything is missing.

  --seed N       default: from the clock; it is printed
  --minutes M    default: 20
  --rate N       calls a second of each of two threads; default: 500
  --help         this
`;

const { values } = commandLine(USAGE, {
  options: { seed: { type: 'string' }, minutes: { type: 'string' }, rate: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes ?? 20);
const perSecond = Number(values.rate ?? 500);
if (![seed, minutes, perSecond].every((number) => Number.isFinite(number) && number >= 0)) {
  console.error('--seed, --minutes and --rate take numbers: npm run chaos -- --seed 7 --minutes 20');
  process.exit(2);
}
console.log(`seed ${seed}, ${minutes} minutes`);
const account = await chaos({ seed, millis: minutes * 60_000, perSecond, onEvent: console.log });
console.log(JSON.stringify(account, undefined, 2));
if (account.faults.length > 0) process.exitCode = 1;
