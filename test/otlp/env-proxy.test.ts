/** The proxy that the environment names, where Node's own requests go through it. */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { type OtlpServerOptions, startOtlpServer } from '../support/otlp-server.ts';
import { pem } from '../support/tls-files.ts';

/** Before 22.21 and 24.5, agents of Node knew no proxy. */
const knowsProxies = 'proxyEnv' in (http.globalAgent as unknown as { options: object }).options;

/** A proxy that knows one machine, whatever name it is asked for. */
async function startProxy(port: number, tunnels: 'open' | 'refused' | 'silence' = 'open') {
  const asked: string[] = [];
  const proxy = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { pathname } = new URL(request.url!);
    const onward = http.request({ host: '127.0.0.1', port, path: pathname, method: request.method, headers: request.headers });
    onward.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode!, answer.headers)));
    request.pipe(onward);
  });
  proxy.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`);
    if (tunnels === 'silence') return;
    if (tunnels === 'refused') {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    onward.pipe(socket).pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closeAfterTest({
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  });
  return { asked, url: `http://user:hunter2@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

interface Around {
  readonly server?: OtlpServerOptions;
  readonly environment?: NodeJS.ProcessEnv;
  readonly tunnels?: 'open' | 'refused' | 'silence';
  readonly execArgv?: readonly string[];
}

async function logTo(otlp: object, { server: serverOptions, environment, tunnels, execArgv }: Around = {}) {
  const server = closeAfterTest(await startOtlpServer(serverOptions));
  const proxy = await startProxy(server.port, tunnels);
  const env = {
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
    ...environment,
  };
  const settings = JSON.stringify({ endpoint: server.url, ...otlp });
  const { code, stdout, stderr } = await runProgram('behind-proxy.ts', [settings], { env, execArgv, timeoutMillis: 60_000 });
  expect(code, stderr).toBe(0);
  return { server, asked: proxy.asked, said: JSON.parse(stdout) };
}

test.runIf(knowsProxies).each(['http/protobuf', 'http/json'] as const)(
  'a collector that only the proxy reaches gets logs and metrics: %s',
  async (protocol) => {
    const { server, asked, said } = await logTo({ endpoint: 'http://collector.test:4318', protocol });
    expect(said).toEqual({ delivered: 3 });
    expect(asked).toContain('POST http://collector.test:4318/v1/logs');
    expect(asked).toContain('POST http://collector.test:4318/v1/metrics');
    expect(server.received.map(({ body }) => body)).toEqual(Array.from({ length: 3 }, () => 'order placed'));
  },
);

/** Node 22 and 24.5 refuse the second one for a thread. */
test.runIf(knowsProxies).each(['--use-env-proxy', '--use_env_proxy', '--use-env-proxy --use-system-ca'])(
  'the switch may be a flag: %s',
  async (flags) => {
    const around: Around = { environment: { NODE_USE_ENV_PROXY: '' }, execArgv: flags.split(' ') };
    const { server, asked, said } = await logTo({ endpoint: 'http://collector.test:4318' }, around);
    expect(said).toEqual({ delivered: 3 });
    expect(asked).toContain('POST http://collector.test:4318/v1/logs');
    expect(server.received).toHaveLength(3);
  },
);

test('a collector whose certificate the system trusts is trusted with --use-system-ca', async () => {
  const tls = { cert: await readFile(pem('server')), key: await readFile(pem('server-key')) };
  const around: Around = { server: { tls }, environment: { SSL_CERT_FILE: pem('ca') }, execArgv: ['--use-system-ca'] };
  const { server, said } = await logTo({}, around);
  expect(said).toEqual({ delivered: 3 });
  expect(server.received).toHaveLength(3);
});

test.runIf(knowsProxies)('https goes through a tunnel, and TLS is spoken with the collector, not with the proxy', async () => {
  const tls = { cert: await readFile(pem('server')), key: await readFile(pem('server-key')) };
  const { asked, said } = await logTo({ endpoint: 'https://collector.test', certificate: pem('ca') }, { server: { tls } });
  expect(asked).toContain('CONNECT collector.test:443');
  // The certificate of these tests has another name.
  expect(said.lastError).toMatch(/altnames: Host: collector\.test/);
});

test.runIf(knowsProxies).each([
  ['refused', /^Failed to establish tunnel.*407.*give its credentials there/],
  ['silence', /^(?:Connection to establish proxy tunnel timed out|No answer within 500 ms)/],
] as const)('a proxy whose tunnels are %s is told of in time, and without its credentials', async (tunnels, message) => {
  const { said } = await logTo({ endpoint: 'https://collector.test', timeoutMillis: 500 }, { tunnels });
  expect(said).toEqual({ delivered: 0, lastError: expect.stringMatching(message) });
  expect(said.lastError).not.toContain('hunter2');
});

test('a collector on this machine is reached without the proxy', async () => {
  const { server, asked, said } = await logTo({});
  expect(said).toEqual({ delivered: 3 });
  expect(asked).toEqual([]);
  expect(server.received).toHaveLength(3);
});

test('without Node’s switch no proxy is used, as Node’s own requests use none', async () => {
  const { asked, said } = await logTo({ endpoint: 'http://collector.invalid:4318' }, { environment: { NODE_USE_ENV_PROXY: '' } });
  expect(asked).toEqual([]);
  expect(said.lastError).toMatch(/collector\.invalid/);
});
