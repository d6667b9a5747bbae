/**
 * All witnesses of a run: takes its leaves and checkpoints as they come, and puts what was cosigned beside the audit file.
 */
import { errorText } from '../../common/error-text.ts';
import type { Block } from '../../memory/block.ts';
import { monotonicMillis, unixMillis } from '../../time/clock.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Frontier } from '../tree/frontier.ts';
import { LeafRange } from '../tree/range.ts';
import { parseWitness, type WitnessAddress } from './address.ts';
import { WitnessBoard } from './board.ts';
import { WitnessClient } from './client.ts';
import { appendCosigned } from './cosignatures-file.ts';
import type { StoredRun } from './stored-proof.ts';

export interface WitnessesOptions extends StoredRun {
  /** As the setting has them; see `parseWitness`. */
  readonly witnesses: readonly string[];
  /** Of the run. */
  readonly memory: Block;
  /** Leaves that the tree has when this begins: another worker has taken them. */
  readonly size: number;
  /** Permissions of new files. */
  readonly mode: number;
  readonly onWarning: (message: string) => void;
}

/** A process that ends waits so long for its last checkpoint to be cosigned. */
const CLOSE_MILLIS = 2_000;

export class Witnesses {
  readonly #clients: readonly WitnessClient[];
  #leaves: LeafRange;
  #writing: Promise<void> = Promise.resolve();

  constructor({ witnesses, memory, size, mode, onWarning, ...stored }: WitnessesOptions) {
    const board = new WitnessBoard(memory);
    this.#leaves = new LeafRange(size);
    this.#clients = witnesses.flatMap((text, index) => {
      const address = addressOf(text, onWarning);
      if (address === undefined) return [];
      return [
        new WitnessClient({
          address,
          // Reading back is for a worker that has taken another's place.
          storedProof: async (before, to) => (await import('./stored-proof.ts')).storedProof(stored, before, to),
          onCosigned: (note, lines) => {
            board.note(index, lines, unixMillis());
            this.#writing = this.#writing.then(async () => {
              try {
                await appendCosigned(stored.path, note, mode);
              } catch (error) {
                onWarning(`A cosigned checkpoint could not be written: ${errorText(error)}. The witness has it.`);
              }
            });
          },
          onWarning,
          now: monotonicMillis,
        }),
      ];
    });
  }

  /** Leaf `size - 1` of the tree. */
  leaf(hash: Uint8Array, size: number): void {
    // Another thread has taken leaves: what witnesses have to be shown is read from the files.
    if (size !== this.#leaves.to + 1) this.#leaves = new LeafRange(size - 1);
    this.#leaves.append(hash);
  }

  checkpoint(note: string, size: number, tree: Frontier): void {
    const leaves = this.#leaves;
    this.#leaves = new LeafRange(size);
    // An empty tree says nothing, and has no proof.
    if (size === 0) return;
    const nodes = tree.nodes();
    for (const client of this.#clients) {
      client.extend(leaves.to === size ? leaves : this.#leaves);
      client.submit({ note, size, nodes });
    }
  }

  /** To be called each second. */
  tick(): void {
    for (const client of this.#clients) client.kick();
  }

  /** Waits for answers to what is under way, if not for long. */
  async close(): Promise<void> {
    await Deadline.in(CLOSE_MILLIS).race(Promise.all(this.#clients.map((client) => client.settled())));
    await this.#writing;
  }
}

function addressOf(text: string, onWarning: (message: string) => void): WitnessAddress | undefined {
  try {
    return parseWitness(text);
  } catch (error) {
    onWarning(
      `backends.audit.witnesses: "${text}" is not used: ${errorText(error)}. hft-otel audit keygen --witness prints what belongs there.`,
    );
    return undefined;
  }
}
