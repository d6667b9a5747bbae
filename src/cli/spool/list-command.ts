/**
 * `hft-otel spool list`: records that wait on disk for destinations that are away.
 */
import { unixMillis } from '../../time/clock.ts';
import type { Command } from '../command.ts';
import { bytes, count, seconds } from '../numbers.ts';
import { chosenIn, directoryFrom, SPOOL_OPTIONS } from './options.ts';

export const spoolListCommand: Command = {
  name: 'spool list',
  summary: 'list the records that wait on disk for OTLP destinations that are away',
  options: SPOOL_OPTIONS,
  operands: { placeholder: 'DIRECTORY', help: 'folder of the spools; default: backends.otlp.spool.directory', least: 0, most: 1 },
  notes: ['Changes nothing, and can be used while services run. A running service sends its spool by itself.'],
  async run(values, [operand]) {
    const directory = await directoryFrom(values, operand);
    const spools = await chosenIn(directory, values);
    if (values.json) {
      console.log(JSON.stringify({ directory, spools }));
      return 0;
    }
    if (spools.length === 0) console.log(`No spool in ${directory}.`);
    for (const { folder, records, bytes: size, oldestUnixMillis, isInUse } of spools) {
      const age = oldestUnixMillis === undefined ? '' : `, since ${seconds((unixMillis() - oldestUnixMillis) / 1_000)}`;
      console.log(`${folder}: ${count(records)} records, ${bytes(size)}${age}${isInUse ? ', in use' : ''}`);
    }
    return 0;
  },
};
