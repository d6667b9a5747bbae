/** Certificates and keys of the tests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const pem = (name: string): string => fileURLToPath(new URL(`tls/${name}.pem`, import.meta.url));

export const serverTls = async () => ({ cert: await readFile(pem('server')), key: await readFile(pem('server-key')) });

/** Of a server that asks for a client certificate. */
export const mutualTls = async () => ({
  ...(await serverTls()),
  ca: await readFile(pem('ca')),
  requestCert: true,
  rejectUnauthorized: true,
});
