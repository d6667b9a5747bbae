/** Bundlers and hosts from a cache, with this checkout's package installed beside them, and programs that run there. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MANIFEST = readFileSync(join(import.meta.dirname, 'hosts.json'), 'utf8');
export const APPS = join(import.meta.dirname, 'apps');

/** This Node first: the machine's own may be older. */
export const ENV: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  NEXT_TELEMETRY_DISABLED: '1',
  NODE_ENV: undefined,
};

export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...ENV, ...env },
    encoding: 'utf8',
    timeout: 170_000,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** The folder whose `node_modules` holds every host and the package. Bundlers resolve upwards, so projects are made below it. */
export function installHosts(): string {
  const version = createHash('sha256').update(MANIFEST).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hft-otel');
  const hosts = join(cache, `hosts-${version}`);
  mkdirSync(hosts, { recursive: true });
  writeFileSync(join(hosts, 'package.json'), MANIFEST);
  if (!existsSync(join(hosts, 'node_modules'))) run('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error'], hosts);
  using packed = packPackage();
  // With its dependencies; another build of the same version would else be taken for this one.
  rmSync(join(hosts, 'node_modules/hft-otel'), { recursive: true, force: true });
  const quietly = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  run('npm', ['install', ...quietly, packed.tarball], hosts);
  return hosts;
}

/** This checkout's package, as it is published. */
export function packPackage(): { readonly tarball: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-packed-'));
  run('npm', ['pack', '--silent', '--pack-destination', folder], ROOT);
  return {
    tarball: join(folder, readdirSync(folder)[0]),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The program of a host. */
export const tool = (hosts: string, path: string) => join(hosts, 'node_modules', path);

/** Moves what was built to where neither the sources nor `node_modules` are found, as on another machine. */
export function movedAway(built: string): string {
  const away = mkdtempSync(join(tmpdir(), 'hft-otel-away-'));
  renameSync(built, join(away, 'dist'));
  return join(away, 'dist');
}

/** Runs the app, and gives what it told and the messages in its files. */
export function runApp(command: string, args: readonly string[], cwd?: string) {
  const out = mkdtempSync(join(tmpdir(), 'hft-otel-out-'));
  try {
    const told = JSON.parse(
      run(command, [...args, out], cwd ?? out)
        .trim()
        .split('\n')
        .at(-1)!,
    ) as Record<string, unknown>;
    const messages = (name: string, key: string) =>
      existsSync(join(out, name))
        ? readFileSync(join(out, name), 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)[key])
        : [];
    return { told, logs: messages('app.jsonl', 'msg'), audits: messages('audit.jsonl', 'event') };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** What {@link runApp} gives where all works. */
export const WORKS = {
  told: { complete: true, restarts: 0 },
  logs: ['flushed', 'at the end'],
  audits: ['order_placed'],
};
