/**
 * Kinds of settings that name a place: files, addresses, modules.
 */
import { statSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { absolutePath } from '../../common/absolute-path.ts';
import { type Problems, shown } from '../problems.ts';
import { type Kind, kind } from './kinds.ts';

/** Linux' PATH_MAX. */
const MAX_PATH = 4096;

/** A file to write, made absolute, so that a later `process.chdir` has no effect on it. It need not exist. */
export const outputFile: Kind<string> = {
  expected: 'a path of a file to write',
  type: 'string',
  read(value, path, problems) {
    const problem = pathProblem(value);
    const place = problem === undefined ? absolutePath(value as string) : '';
    const wrong = problem ?? sortProblem(place, value as string);
    if (wrong === undefined) return place;
    problems.add(path, shown(value), `${this.expected}: ${wrong}`);
    return undefined;
  },
};

/** A directory to write in, made absolute. It need not exist. */
export const outputDirectory: Kind<string> = {
  expected: 'a path of a directory',
  type: 'string',
  read(value, path, problems) {
    const problem = pathProblem(value);
    const stat = problem === undefined ? statOf(absolutePath(value as string)) : undefined;
    const wrong = problem ?? (stat !== undefined && !stat.isDirectory() ? 'there is something else of this name' : undefined);
    if (wrong === undefined) return absolutePath(value as string);
    problems.add(path, shown(value), `${this.expected}: ${wrong}`);
    return undefined;
  },
};

/** A file to read, made absolute; it must be there. */
export const inputFile: Kind<string> = {
  expected: 'a path of a PEM file',
  type: 'string',
  read(value, path, problems) {
    const problem = pathProblem(value) ?? (statOf(absolutePath(value as string))?.isFile() ? undefined : 'there is no such file');
    if (problem === undefined) return absolutePath(value as string);
    problems.add(path, shown(value), `${this.expected}: ${problem}`);
    return undefined;
  },
};

function pathProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'a text';
  if (value === '') return 'it must not be empty';
  if (value.includes('\0')) return 'NUL is not allowed in it';
  if (Buffer.byteLength(value) > MAX_PATH) return `at most ${MAX_PATH} bytes`;
  if (/^~[\\/]/.test(value)) return 'write the home directory out; nothing expands ~ here';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return 'a path, not a URL';
  return undefined;
}

/** A directory cannot be written, opening a FIFO waits for its reader, and a disk's device must never be. Other devices (`/dev/null`) may. */
function sortProblem(place: string, given: string): string | undefined {
  const stat = statOf(place);
  if (/[\\/]$/.test(given) || stat?.isDirectory()) return 'this is a directory; add a file name';
  if (stat?.isFIFO() || stat?.isSocket() || stat?.isBlockDevice()) return 'this is no regular file';
  return undefined;
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // No permission, a loop of links: the backend gets the error when it opens the file, and health() has it then.
    return undefined;
  }
}

/** `userinfo`: whether `user:password@` is allowed. `query`: whether `?…` is. */
export function httpUrl({ userinfo, query }: { readonly userinfo: boolean; readonly query: boolean }): Kind<string> {
  return {
    expected: 'a URL with http or https',
    type: 'string',
    read(value, path, problems) {
      const refuse = (why: string): undefined => problems.add(path, shown(value), `${this.expected}: ${why}`) as undefined;
      if (typeof value !== 'string') return refuse('for example "http://localhost:4318"');
      // An address alone parses as a URL of the scheme `localhost:`.
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return refuse(`the scheme is missing, as in "http://localhost:4318"`);
      if (/[\s\p{C}]/u.test(value)) return refuse('white space and control characters are not allowed');
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (url === undefined) return refuse(unparsable(value));
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse(`"${url.protocol}" is not supported`);
      if (!userinfo && (url.username !== '' || url.password !== ''))
        return refuse('put credentials into headers, not into the address');
      if (!query && (url.search !== '' || value.includes('?')))
        return refuse('a base address has no query; use the address of one signal');
      if (value.includes('#')) return refuse('a fragment is never sent');
      if (url.port === '0') return refuse('port 0 cannot be connected to');
      return value;
    },
  };
}

const WITNESS_URL = httpUrl({ userinfo: false, query: false });
/** Name, key id, and the base64 of algorithm 4 (cosignatures) with 32 bytes. Whether the id is that of name and key, the worker finds. */
const WITNESS_KEY = /^[^\s+]+\+[0-9a-f]{8}\+B[A-P][A-Za-z0-9+/]{42}$/;

/** Who cosigns checkpoints: an address, and behind a space a verifier key in C2SP's form. */
export const witness: Kind<string> = {
  expected: 'a URL with http or https, optionally followed by a space and the verifier key of the witness',
  type: 'string',
  read(value, path, problems) {
    if (typeof value !== 'string') return WITNESS_URL.read(value, path, problems);
    const [url = '', key, ...more] = value.trim().split(/ +/);
    if (WITNESS_URL.read(url, path, problems) === undefined) return undefined;
    if (more.length === 0 && (key === undefined || WITNESS_KEY.test(key))) return key === undefined ? url : `${url} ${key}`;
    return problems.add(path, shown(value), `${this.expected}, as hft-otel audit keygen --witness prints it`) as undefined;
  },
};

function unparsable(value: string): string {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(value)?.[1] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (!/^\[.*\]/.test(host) && (host.match(/:/g)?.length ?? 0) > 1) {
    return 'put an IPv6 address in brackets, as in "http://[::1]:4318"';
  }
  if (host === '' || host.startsWith(':')) return 'the host is missing';
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port !== undefined && Number(port) > 65_535) return `port ${port.slice(0, 12)} is above 65535`;
  return 'it cannot be parsed';
}

/** Host to listen on. */
export const listenHost: Kind<string> = {
  expected: 'a host name or an IP address',
  type: 'string',
  read(value, path, problems) {
    if (typeof value === 'string' && isHost(value)) return value;
    const bracketed = typeof value === 'string' && /^\[(.*)\]$/.exec(value)?.[1];
    problems.add(
      path,
      shown(value),
      `${this.expected}${bracketed && isIPv6(bracketed) ? `, without brackets: "${bracketed}"` : ', without scheme and port'}`,
    );
    return undefined;
  },
};

function isHost(value: string): boolean {
  return (
    isIP(value) !== 0 ||
    (value.length <= 253 && /^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\.?$/i.test(value) && !/^[\d.]+$/.test(value))
  );
}

export const httpPath: Kind<string> = kind('string', 'a path that starts with "/", without query', (value) =>
  typeof value === 'string' && value.length <= 1024 && /^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(value) ? value : undefined,
);

/**
 * A module as `import()` takes it: relative and absolute paths become file URLs (relative to the working directory); a bare name stays one, and is looked up as
 * the application's own when it is loaded (backends/module/module.ts).
 */
export const moduleSpecifier: Kind<string> = {
  expected: 'a URL, a path, or the name of a package',
  type: 'URL | string',
  read(value, path, problems) {
    const given = value instanceof URL ? value.href : value;
    const module = typeof given === 'string' ? importable(given) : undefined;
    if (module === undefined) refuse(value, path, problems, this.expected);
    return module;
  },
};

function refuse(value: unknown, path: string, problems: Problems, expected: string): void {
  problems.add(path, shown(value), `${expected}; URLs with file:, data: or node:`);
}

function importable(given: string): string | undefined {
  if (given === '' || given.includes('\0') || given.length > 65_536) return undefined;
  if (/^(file|data|node):/i.test(given)) return /^file:/i.test(given) && !URL.canParse(given) ? undefined : given;
  if (/^\.{1,2}[\\/]/.test(given) || isAbsolute(given)) return fileUrl(given);
  return /^(@[\w.-]+\/)?[\w.-]+(\/[\w.-]+)*$/.test(given) ? given : undefined;
}

/** Undefined: a relative path, and the working directory was deleted. */
function fileUrl(path: string): string | undefined {
  try {
    return pathToFileURL(path).href;
  } catch {
    return undefined;
  }
}
