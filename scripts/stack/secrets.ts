// Certificates and token of a run, by the same script users run.

import { join } from 'node:path';
import { run } from '../servers/command.ts';
import { CONFIG } from '../servers/run.ts';

/** Makes `folder` hold ca.crt, gateway.crt, gateway.key and token, for localhost and 127.0.0.1. Keeps what is there. */
export async function makeSecrets(folder: string): Promise<void> {
  await run('sh', [join(CONFIG, 'make-secrets.sh'), folder], { cwd: CONFIG });
}
