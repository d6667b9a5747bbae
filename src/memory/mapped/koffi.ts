/**
 * The optional package `koffi`, which calls the C library.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ownFile } from '../../common/own-file.ts';

/** The part of it that is used here. It may not be installed, and neither may its types. */
export interface Koffi {
  load(path: null): { func(declaration: string): (...values: unknown[]) => unknown };
  address(pointer: unknown): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

/**
 * The addon itself where it is, in a package of its own that koffi depends on: koffi's code around it takes as long again to load (3 ms in each thread), and does
 * nothing that is needed here. Elsewhere koffi knows where to look. Throws where it is not installed, or may not be loaded.
 */
export function loadKoffi(): Koffi {
  const path = createRequire(ownFile() ?? join(process.cwd(), 'package.json')).resolve('koffi');
  const require = createRequire(path);
  try {
    return require(`@koromix/koffi-${process.platform}-${process.arch}`) as Koffi;
  } catch {
    return require(path) as Koffi;
  }
}
