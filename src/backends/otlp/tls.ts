/**
 * The files of an `https` endpoint: certificates to trust, and our own.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { errorText } from '../../common/error-text.ts';
import { isTunnelAwaited } from './proxy.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificates to trust, in place of the ones Node trusts. */
  readonly certificate?: string | undefined;
  /** Our own, with `clientKey`, for servers that ask for one. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
}

interface TlsContents {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type Done = (error: Error | null, socket?: Duplex) => void;

/**
 * An agent that reads the files for each connection that it makes. Certificates are renewed while a process runs, by cert-manager for example, and nobody sends
 * it a signal then: with those of its start it would be refused from the moment at which its connection is cut.
 */
export class TlsAgent extends https.Agent {
  readonly #files: TlsFiles;
  #isDestroyed = false;

  constructor({ certificate, clientCertificate, clientKey }: TlsFiles, options: https.AgentOptions) {
    // A session that is resumed would go on with the certificates of before.
    super({ ...options, maxCachedSessions: 0 });
    this.#files = { certificate, clientCertificate, clientKey };
  }

  override createConnection(options: Parameters<https.Agent['createConnection']>[0], done: Done): undefined {
    readTlsFiles(this.#files).then(
      (contents) => {
        // One that is made now would be in no list, and stay open.
        if (this.#isDestroyed) return done(new Error('The sender was closed.'));
        try {
          const socket = super.createConnection({ ...options, ...contents }, done);
          if (socket && !isTunnelAwaited(socket)) done(null, socket);
        } catch (error) {
          done(error as Error);
        }
      },
      (error: Error) => done(error),
    );
  }

  override destroy(): void {
    this.#isDestroyed = true;
    super.destroy();
  }
}

/** Their contents, as options of a connection. Rejects with the setting whose file cannot be used. */
async function readTlsFiles({ certificate, clientCertificate, clientKey }: TlsFiles): Promise<TlsContents> {
  const ca = await read('certificate', certificate);
  const cert = await read('clientCertificate', clientCertificate);
  const key = await read('clientKey', clientKey);
  if (ca !== undefined) check('certificate', 'certificate', () => certificateIn(ca));
  const own = cert && check('clientCertificate', 'certificate', () => certificateIn(cert));
  const ownKey = key && check('clientKey', 'private key without a passphrase', () => createPrivateKey(key));
  if (own !== undefined && ownKey !== undefined && !own.checkPrivateKey(ownKey))
    throw new Error(
      'backends.otlp.clientKey is not the key of backends.otlp.clientCertificate. Give the two files that were made together.',
    );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function read(setting: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`backends.otlp.${setting}: ${errorText(error)}. Give the path of a PEM file that this process may read.`);
  }
}

/** Node parses DER too, and then makes no connection with it: it would trust nobody. */
function certificateIn(contents: Buffer): X509Certificate {
  if (!contents.includes('-----BEGIN')) throw new Error('it is not PEM (openssl x509 -inform DER makes PEM of DER)');
  return new X509Certificate(contents);
}

/** OpenSSL's texts name neither file nor setting, and it takes a file without a certificate for one that trusts nobody. */
function check<T>(setting: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`backends.otlp.${setting}: ${errorText(error)}. The file must be PEM and have a ${what}.`);
  }
}
