/**
 * Can the files be written? A test file is written, synced and removed beside each of them.
 */
import { constants } from 'node:fs';
import { access, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText } from '../../common/error-text.ts';
import { bytes } from '../numbers.ts';
import type { Finding } from './finding.ts';

const PROBE = Buffer.alloc(65_536, 'hft-otel doctor\n');

/** Less free space is used up within minutes: 100,000 records/s are 25 MB/s. */
const LITTLE_ROOM_BYTES = 1_000_000_000;

let probes = 0;

export interface CheckedFile {
  /** The setting. */
  readonly setting: string;
  readonly path: string;
}

export async function checkFile({ setting, path }: CheckedFile): Promise<Finding> {
  const subject = `${setting} ${path}`;
  try {
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isDirectory())
      return { status: 'fault', code: 'no-folder', subject, message: 'It is a folder.', remedy: 'Name a file in it.' };
    if (facts !== undefined) await (await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK)).close();
    if (facts !== undefined && !facts.isFile())
      return { status: 'ok', code: 'disk', subject, message: 'It is a device or a pipe, and can be opened.' };
    const folder = await existing(dirname(path));
    await access(folder, constants.W_OK | constants.X_OK);
    await writeProbe(folder);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= LITTLE_ROOM_BYTES)
      return { status: 'ok', code: 'disk', subject, message: `It can be written; ${bytes(free)} are free.` };
    return {
      status: 'warning',
      code: 'no-disk',
      subject,
      message: `It can be written, and ${bytes(free)} are free.`,
      remedy: 'Free space, keep fewer rotated files (keep), or choose a path on another disk.',
    };
  } catch (error) {
    return { status: 'fault', subject, ...faultOf(error, path) };
  }
}

/** The nearest existing folder above; the missing ones will be made. */
async function existing(folder: string): Promise<string> {
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && dirname(folder) !== folder) return undefined;
    throw error;
  });
  return facts === undefined ? existing(dirname(folder)) : folder;
}

async function writeProbe(folder: string): Promise<void> {
  // Several files of one folder are looked at together.
  const path = join(folder, `.hft-otel-doctor-${process.pid}-${probes++}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(PROBE);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

function faultOf(error: unknown, path: string): Pick<Finding, 'code' | 'message' | 'remedy'> {
  const message = errorText(error);
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'no-disk',
        message,
        remedy: 'Free space (or raise the quota), keep fewer rotated files (keep), or choose a path on another disk.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'no-permission',
        message,
        remedy: `Let the user of the service write ${path} and make files beside it: chown or chmod its folder.`,
      };
    case 'EROFS':
      return {
        code: 'no-permission',
        message,
        remedy: 'The file system is read-only: mount it writable, or choose another path.',
      };
    default:
      return { code: 'no-folder', message, remedy: 'Choose a path whose folders can be made and written.' };
  }
}
