/**
 * `hft-otel audit witness` as its operator runs it, and what an auditor makes of its cosignatures.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

test('keygen, witness, a trail with it, verify, prove, check-proof; a second process with the same state is refused', async () => {
  using folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const audit = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'audit', ...words], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    return { status, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  expect(audit('keygen', at('gateway.key')).status).toBe(0);
  expect(audit('keygen', '--witness', at('w1.key'))).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('hft-otel audit witness'),
  });
  expect(audit('witness', at('gateway.key'), '--state', at('state'), '--key', at('gateway.key.vkey')).stderr).toContain(
    'no line "hft-otel witness key',
  );
  expect(audit('witness', at('w1.key'), '--key', at('gateway.key.vkey')).stderr).toContain('--state FOLDER is missing');
  expect(audit('verify', MAIN, '--witness', at('gateway.key.vkey'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no key of a witness'),
  });
  expect(audit('verify', MAIN, '--key', at('w1.key.vkey'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--witness'),
  });

  const words = ['witness', at('w1.key'), '--state', at('state'), '--key', at('gateway.key.vkey'), '--listen', '127.0.0.1:0'];
  const witness = spawn(process.execPath, [MAIN, 'audit', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: witness.stdout }), 'line')) as [string];
  const [url = '', vkey = ''] = line.split(/ +/);
  expect(audit(...words)).toMatchObject({ status: 1, stderr: expect.stringContaining(`Process ${witness.pid} has this folder`) });
  expect(await (await fetch(url)).text()).toBe(`${vkey}\n`);
  expect(
    (await fetch(`${url}/add-checkpoint`, { method: 'POST', body: 'x'.repeat(100_000) }).catch(() => ({ status: 413 }))).status,
  ).toBe(413);
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);

  const path = at('audit.jsonl');
  const logging = createLogging({
    service: { name: 'gateway' },
    handleExits: false,
    backends: { audit: { path, rotation: 'none', signingKey: at('gateway.key'), witnesses: [`${url} ${vkey}`] } },
  });
  const log = logging.getLogger('orders');
  for (let i = 0; i < 10; i++) log.audit('placed', { i });
  await logging.flush();
  await expect.poll(() => logging.health().audit.tree?.cosigned, { timeout: 20_000 }).toBe(10);
  await logging.shutdown();

  const trust = ['--key', at('gateway.key.vkey'), '--witness', at('w1.key.vkey')];
  expect(audit('verify', path, ...trust, '--strict')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('10 cosigned'),
  });
  expect(audit('report', path, ...trust).stdout).toContain('10 of 10 lines cosigned');
  expect(audit('verify', path, ...trust, '--checkpoints', at('state')).status).toBe(0);
  expect(audit('prove', path, '--seq', '4', ...trust, '-o', at('event.proof')).status).toBe(0);
  expect(audit('check-proof', at('event.proof'), ...trust)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('cosigned by 1 of 1 witnesses'),
  });
  expect(audit('keygen', '--witness', at('w2.key')).status).toBe(0);
  const both = ['--key', at('gateway.key.vkey'), '--witness', `${at('w1.key.vkey')},${at('w2.key.vkey')}`];
  expect(audit('check-proof', at('event.proof'), ...both).status).toBe(1);
  expect(audit('check-proof', at('event.proof'), ...both, '--quorum', '1').status).toBe(0);

  const copies = at('witness.checkpoints');
  writeFileSync(copies, await (await fetch(`${url}/checkpoints`)).text());
  writeFileSync(path, '');
  expect(audit('verify', path, '--key', at('gateway.key.vkey'), '--checkpoints', copies).status).toBe(1);
  witness.kill('SIGTERM');
  expect(await once(witness, 'exit')).toEqual([0, null]);
}, 120_000);
