/** Node's flags for connections reach a thread, with the flags that this version of Node lets a thread have. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { connectionFlagsOf, startWithFlags } from '../../src/common/process/connection-flags.ts';

/** Node knows it for the whole process only, in each version. */
const REFUSED = '--title=of-a-process';

/** The flags of a thread that was started so, and the order of addresses in it. */
async function threadWith(flags: readonly string[]) {
  const program = `require('node:worker_threads').parentPort.postMessage([process.execArgv, require('node:dns').getDefaultResultOrder()])`;
  const thread = startWithFlags(flags, (execArgv) => new Worker(program, { eval: true, execArgv }));
  const [said] = await once(thread, 'message');
  return said;
}

test.each([
  [['--use-env-proxy', '--use-system-ca'], undefined],
  [['--use_env_proxy', '--use_system-ca'], undefined],
  // The last one counts, and may take back one of NODE_OPTIONS.
  [['--use-env-proxy', '--no-use-env-proxy'], undefined],
  [['--dns-result-order=ipv4first', '--no-network-family-autoselection', '--tls-min-v1.3'], undefined],
  [['--dns_result_order', 'ipv4first'], ['--dns_result_order=ipv4first']],
  [['--import', './instrumentation.js', '--use-env-proxy', '--inspect'], ['--use-env-proxy']],
  [['--conditions=use-env-proxy', '--title', 'use-system-ca', '-r', './use-env-proxy'], []],
])('of %j', (flags, expected = flags) => {
  expect(connectionFlagsOf(flags)).toEqual(expected);
});

test('a flag that a thread may not have takes none of the others with it', async () => {
  const taken = ['--tls-min-v1.3', '--dns-result-order=ipv6first'];
  for (const flags of [
    taken,
    [REFUSED, ...taken],
    [...taken, REFUSED],
    [taken[0]!, REFUSED, '--stack-trace-limit=7', taken[1]!, REFUSED],
  ])
    expect(await threadWith(flags)).toEqual([taken, 'ipv6first']);
});

test('where every flag is refused, the thread starts without', async () => {
  expect((await threadWith([REFUSED, '--use-openssl-ca']))[0]).toEqual([]);
});

test('an error that no flag causes is the caller’s', () => {
  expect(() => startWithFlags(['--tls-min-v1.3'], () => new Worker('http://example.test/worker.js'))).toThrow(
    expect.objectContaining({ code: 'ERR_WORKER_PATH' }),
  );
});
