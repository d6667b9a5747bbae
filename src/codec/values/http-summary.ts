/**
 * Requests, responses, sockets, servers and agents, of Node and of HTTP clients, in short: kind, method, URL without credentials, status.
 * Their properties would be kilobytes of buffers and handles, with the credentials of a request in a dozen places. Throws what the value's code throws.
 */
import { maskSecrets, unitsToMask } from '../../common/mask-secrets.ts';
import type { ClassTraits } from './class-traits.ts';
import { cutAt } from './value-texts.ts';

type Read = Readonly<Record<string, unknown>>;

/** Undefined: it is none of these. */
export function summaryOf(value: object, traits: ClassTraits): Record<string, unknown> | undefined {
  const { names, methods, accessors } = traits;
  const read = value as Read;
  if (names.has('Request') && accessors.has('url') && accessors.has('method')) return summary(traits.name, read.method, read.url);
  if (names.has('Response') && accessors.has('status') && methods.has('json')) {
    return summary(traits.name, undefined, read.url, read.status, read.statusText);
  }
  if (methods.has('pipe') && methods.has('on')) return streamSummary(read, traits);
  const isSocketOfWeb = methods.has('send') && methods.has('close') && accessors.has('readyState');
  if (isSocketOfWeb) return { ...summary(traits.name, undefined, read.url), readyState: read.readyState };
  const isServer = methods.has('listen') && methods.has('on') && names.has('Server');
  const isAgent = methods.has('addRequest') && methods.has('on');
  const isDispatcher = methods.has('dispatch') && [...names].some((name) => name.startsWith('Dispatcher'));
  return isServer || isAgent || isDispatcher ? { class: traits.name } : undefined;
}

/** Both ends of a request are streams, and so is what follow-redirects (in axios) and got put around it. */
function streamSummary(read: Read, { name, methods }: ClassTraits): Record<string, unknown> {
  if (methods.has('getHeader') || '_currentUrl' in read) {
    const options = partOf(read, '_options');
    const url = read._currentUrl ?? read.requestUrl ?? urlOf(read.protocol, hostOf(read) ?? read.host, read.path);
    return summary(name, read.method ?? options.method, url, read.statusCode);
  }
  if ('rawHeaders' in read) {
    const request = partOf(read, 'req');
    const url = read.url || read.responseUrl || urlOf(request.protocol, request.host, request.path);
    return summary(name, read.method ?? request.method, url, read.statusCode, read.statusMessage);
  }
  const made = summary(name, undefined, read.requestUrl);
  for (const key of ['remoteAddress', 'remotePort', 'path', 'fd']) {
    const part = read[key];
    if ((typeof part === 'string' && part !== '') || typeof part === 'number') made[key] = part;
  }
  return made;
}

/** Plain objects of HTTP clients: a response with its request, a configuration with its credentials. */
export function isHttpData(value: object): boolean {
  if (!('headers' in value)) return false;
  return 'status' in value ? 'config' in value && 'request' in value : isClientConfig(value);
}

function isClientConfig(value: object): boolean {
  return 'transformRequest' in value || 'validateStatus' in value;
}

export function summaryOfHttpData(value: object): Record<string, unknown> {
  const read = value as Read;
  if (isClientConfig(value)) return configSummary(read);
  const { method, url } = configSummary(partOf(read, 'config'));
  return { ...summary('Response', method, url, read.status, read.statusText), ...bodySummary(read.data) };
}

function configSummary(config: Read): Record<string, unknown> {
  const base = textOf(config.baseURL) ?? '';
  const path = textOf(config.url) ?? '';
  const url = /^[a-z][a-z\d+.-]*:/i.test(path)
    ? path
    : base.replace(/\/+$/, '') + (base === '' || path === '' ? '' : '/') + path.replace(/^\/+/, base === '' ? '/' : '');
  const made = summary('RequestConfig', textOf(config.method)?.toUpperCase(), url);
  if (typeof config.timeout === 'number' && config.timeout > 0) made.timeout = config.timeout;
  return made;
}

/** Longest text of an answer that is written, and most members of it: enough for `{ code, msg }` of an exchange. */
const MAX_BODY_UNITS = 512;
const MAX_BODY_MEMBERS = 16;

function bodySummary(data: unknown): Record<string, unknown> {
  if (data === undefined || data === null || data === '') return {};
  if (typeof data === 'string') return { data: shortText(data) };
  if (typeof data !== 'object') return { data };
  const shown: Record<string, unknown> = Object.create(null);
  const keys = Array.isArray(data) ? [] : Object.keys(data);
  for (const key of keys.slice(0, MAX_BODY_MEMBERS)) {
    const member = (data as Read)[key];
    shown[key] = typeof member === 'string' ? shortText(member) : Object(member) === member ? kindOf(member as object) : member;
  }
  if (keys.length > MAX_BODY_MEMBERS) shown['…'] = `[+${keys.length - MAX_BODY_MEMBERS} entries]`;
  return { data: keys.length > 0 ? shown : kindOf(data) };
}

function kindOf(value: object): string {
  return Array.isArray(value) ? `[array of ${value.length}]` : '[object]';
}

function shortText(text: string): string {
  // Texts are masked when they are written.
  return cutAt(text, unitsToMask(text, MAX_BODY_UNITS));
}

function summary(name: string, method: unknown, url: unknown, status?: unknown, statusText?: unknown): Record<string, unknown> {
  const made: Record<string, unknown> = { class: name };
  if (typeof method === 'string') made.method = method;
  const address = textOf(url);
  if (address !== undefined && address !== '') made.url = shortText(maskSecrets(address));
  if (typeof status === 'number') made.status = status;
  if (typeof statusText === 'string' && statusText !== '') made.statusText = shortText(statusText);
  return made;
}

function urlOf(protocol: unknown, host: unknown, path: unknown): string | undefined {
  return typeof host === 'string' ? `${textOf(protocol) ?? 'http:'}//${host}${textOf(path) ?? ''}` : textOf(path);
}

/** With its port, which a request of Node keeps nowhere else. */
function hostOf(request: Read): string | undefined {
  const { getHeader } = request;
  return typeof getHeader === 'function' ? textOf(getHeader.call(request, 'host')) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : value instanceof URL ? value.href : undefined;
}

function partOf(value: Read, key: string): Read {
  const part = value[key];
  return typeof part === 'object' && part !== null ? (part as Read) : {};
}
