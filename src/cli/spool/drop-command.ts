/**
 * `hft-otel spool drop`: deletes records that wait on disk. Asks first.
 */
import { createInterface } from 'node:readline/promises';
import { FolderLock } from '../../spool/lock.ts';
import { Spool } from '../../spool/spool.ts';
import { type Command, UsageError } from '../command.ts';
import { count } from '../numbers.ts';
import { refuseForeign } from '../quiet-instance.ts';
import { chosenIn, directoryFrom, SPOOL_OPTIONS } from './options.ts';

const EXIT_KEPT = 1;

export const spoolDropCommand: Command = {
  name: 'spool drop',
  summary: 'delete the records that wait on disk; asks first',
  options: { ...SPOOL_OPTIONS, yes: { type: 'boolean', short: 'y', help: 'delete without asking' } },
  operands: { placeholder: 'DIRECTORY', help: 'folder of the spools; default: backends.otlp.spool.directory', least: 0, most: 1 },
  exitCodes: { [EXIT_KEPT]: 'the answer was no, or a service has taken a spool meanwhile' },
  notes: [
    'It deletes copies of audit events as well; the originals are in the audit file, if there is one. Spools that a running service uses are left alone.',
  ],
  async run(values, [operand]) {
    const directory = await directoryFrom(values, operand);
    refuseForeign(directory, 'spools');
    const spools = (await chosenIn(directory, values)).filter(({ records, bytes, isInUse }) => records + bytes > 0 && !isInUse);
    const records = spools.reduce((sum, each) => sum + each.records, 0);
    if (spools.length > 0 && !values.yes && !(await isConfirmed(records, directory))) {
      console.error('Nothing was dropped.');
      return EXIT_KEPT;
    }
    const dropped = { spools: 0, records: 0 };
    for (const spool of spools) {
      if (!(await drop(spool.folder))) continue;
      dropped.spools++;
      dropped.records += spool.records;
    }
    if (values.json) console.log(JSON.stringify({ directory, ...dropped }));
    else
      console.log(spools.length === 0 ? `Nothing to drop in ${directory}.` : `${count(dropped.records)} records were dropped.`);
    if (dropped.spools === spools.length) return 0;
    console.error('A service has taken the others meanwhile.');
    return EXIT_KEPT;
  },
};

async function isConfirmed(records: number, directory: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('Standard input is not a terminal: give --yes to drop without a question.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Delete ${count(records)} records that wait in ${directory}? They are in no other spool. [y/N] `,
    );
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** False when a service has taken it meanwhile. */
async function drop(folder: string): Promise<boolean> {
  const lock = await FolderLock.acquire(folder, `drop-${process.pid}`);
  if (lock === undefined) return false;
  try {
    const spool = await Spool.open({
      folder,
      maxBytes: Number.MAX_SAFE_INTEGER,
      dropsOldest: false,
      syncs: false,
      onLost: () => {},
      onWarning: (message) => console.error(message),
    });
    await spool.clear();
    await spool.close();
    return true;
  } finally {
    await lock.release();
  }
}
