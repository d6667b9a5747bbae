/** The file that says which entries of a spool are delivered, and where it ends. */
import { join } from 'node:path';
import { errorText } from '../common/error-text.ts';
import { codeOf } from '../files/descriptor.ts';
import { PlacedFile } from './file.ts';
import { decodeState, encodeState, type SpoolState, STATE_SLOT_BYTES } from './layout.ts';

const STATE_NAME = 'state';

export class StateFile {
  readonly #folder: string;
  readonly #onWarning: (message: string) => void;
  #version = 0;

  constructor(folder: string, onWarning: (message: string) => void) {
    this.#folder = folder;
    this.#onWarning = onWarning;
  }

  /** Undefined when there is none that is whole. */
  async read(): Promise<SpoolState | undefined> {
    const state = await readState(this.#folder);
    this.#version = state?.version ?? 0;
    return state;
  }

  /** Where it cannot be written the next run sends again what this one has delivered. */
  async write(state: Omit<SpoolState, 'version'>): Promise<void> {
    const version = this.#version + 1;
    const bytes = encodeState({ ...state, version });
    let file: PlacedFile | undefined;
    try {
      file = await PlacedFile.open(join(this.#folder, STATE_NAME), 'write');
      await file.write([bytes], (version % 2) * STATE_SLOT_BYTES);
      this.#version = version;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        this.#onWarning(
          `The state of the spool in ${this.#folder} cannot be written (${errorText(error)}): records may be sent twice after a restart.`,
        );
      }
    } finally {
      await file?.close();
    }
  }
}

/** Of the spool in a folder; undefined when it has none that is whole. */
export async function readState(folder: string): Promise<SpoolState | undefined> {
  let file: PlacedFile | undefined;
  try {
    file = await PlacedFile.open(join(folder, STATE_NAME), 'read');
    return decodeState(await file.read(0, 2 * STATE_SLOT_BYTES));
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
