/**
 * Blocks in the files of a run's folder, for the threads of the process whose run it is.
 */
import { join } from 'node:path';
import type { BlockSpec, Place } from '../block.ts';
import { isMissing, type Libc, libc } from './libc.ts';
import { makeMapped } from './mapped-file.ts';
import { blockFile, RUN_TABLE_BYTES, RunTable } from './run-table.ts';

/** A run's folder, for threads of its process. */
export interface MappedRun {
  readonly folder: string;
  /** Of the run's table. */
  readonly address: bigint;
}

type MappedPlace = Extract<Place, { in: 'mapped' }>;

export class MappedBlocks {
  readonly #folder: string;
  readonly #libc: Libc | undefined;
  readonly #table: RunTable | undefined;

  constructor({ folder, address }: MappedRun) {
    const calls = libc();
    this.#folder = folder;
    if (isMissing(calls)) return;
    this.#libc = calls;
    this.#table = new RunTable(calls.view(address, RUN_TABLE_BYTES));
  }

  /** Zeros. Undefined: the folder's file system has no room, the process may open no more files, or the table is full. */
  allocate({ kind, format, bytes, owner = '', lane }: BlockSpec): MappedPlace | undefined {
    const table = this.#table;
    const claimed = table?.claim(kind, bytes);
    if (table === undefined || claimed === undefined) {
      table?.noteRefused();
      return undefined;
    }
    const { slot } = claimed;
    try {
      const address = this.#memoryOf(claimed, bytes);
      table.publish({ slot, kind, format, bytes, owner, lane, address });
      return { in: 'mapped', folder: this.#folder, slot, address };
    } catch {
      table.abandon(slot);
      table.noteRefused();
      return undefined;
    }
  }

  free({ slot }: MappedPlace): void {
    this.#table?.giveBack(slot);
  }

  #memoryOf({ slot, usedAddress }: { readonly slot: number; readonly usedAddress: bigint | undefined }, bytes: number): bigint {
    if (usedAddress === undefined) return makeMapped(this.#libc!, join(this.#folder, blockFile(slot)), bytes);
    new Uint8Array(this.#libc!.view(usedAddress, bytes)).fill(0);
    return usedAddress;
  }
}
