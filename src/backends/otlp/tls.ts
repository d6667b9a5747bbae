/**
 * The files of an `https` endpoint: certificates to trust, and our own.
 */

import { readFile } from 'node:fs/promises';
import { errorText } from '../../common/error-text.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificates to trust, in place of the ones Node trusts. */
  readonly certificate?: string | undefined;
  /** Our own, with `clientKey`, for servers that ask for one. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
}

/** Their contents, as options of an agent. Read each time a connection is made anew, so that renewed certificates are found after a SIGHUP. */
export async function readTlsFiles(files: TlsFiles): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  return {
    ...(files.certificate !== undefined && { ca: await read('certificate', files.certificate) }),
    ...(files.clientCertificate !== undefined && { cert: await read('clientCertificate', files.clientCertificate) }),
    ...(files.clientKey !== undefined && { key: await read('clientKey', files.clientKey) }),
  };
}

async function read(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`backends.otlp.${setting}: ${errorText(error)}. Give the path of a PEM file that this process may read.`);
  }
}
