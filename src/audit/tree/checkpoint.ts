/**
 * Checkpoints as C2SP's `tlog-checkpoint` specification has them: the size and the root of a tree at one moment, as the text of a signed note.
 */
import { HASH_BYTES } from './hash.ts';
import type { TreeHead } from './proof.ts';

export interface Checkpoint extends TreeHead {
  /** Which tree: `<service>/<instance>/<run>`. */
  readonly origin: string;
  readonly root: Buffer;
  /** Further lines. */
  readonly extensions: readonly string[];
}

const MAX_SIZE_DIGITS = 16;

/** The text of the note. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  return [origin, String(size), root.toString('base64'), ...extensions].map((line) => `${line}\n`).join('');
}

/** Throws a SyntaxError for a text that is not a checkpoint. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, ...extensions] = text.split('\n').slice(0, -1);
  if (!text.endsWith('\n') || origin === undefined || origin === '' || size === undefined || root === undefined)
    throw new SyntaxError('a checkpoint has three lines: origin, size, root');
  if (!/^(?:0|[1-9][0-9]*)$/.test(size) || size.length > MAX_SIZE_DIGITS || !Number.isSafeInteger(Number(size)))
    throw new SyntaxError('its size is no number of leaves');
  const bytes = Buffer.from(root, 'base64');
  if (bytes.length !== HASH_BYTES || bytes.toString('base64') !== root)
    throw new SyntaxError('its root is no hash of 32 bytes in base64');
  if (extensions.includes('')) throw new SyntaxError('it has an empty line');
  return { origin, size: Number(size), root: bytes, extensions };
}
