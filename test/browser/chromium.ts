/**
 * The machine's own Chromium. Where there is none the tests are skipped, and say what to install; CI sets HFT_BROWSER=required, and then they fail.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const CHROMIUM: string | undefined = process.env.HFT_CHROMIUM ?? findChromium();

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
  if (found !== undefined) return found;
  const message =
    'No Chromium: the tests of the live page in a browser need one. apt-get install -y chromium, or set HFT_CHROMIUM to its path.';
  if (process.env.HFT_BROWSER === 'required') throw new Error(message);
  console.warn(`SKIPPED. ${message}`);
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
