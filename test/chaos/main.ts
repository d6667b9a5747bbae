// npm run chaos -- [--seed N] [--minutes M] [--rate calls a second of each of two threads]
// Kills, stops, full disks and outages of the collector, at random from the seed; at the end an account, and exit code 1 if anything is missing (docs/persistence.md).

import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
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
