/** Objects of HTTP clients and servers in short, each told by what it has. Real ones are in http-objects.test.ts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traitsOf } from '../../src/codec/values/class-traits.ts';
import { isHttpData, summaryOf, summaryOfHttpData } from '../../src/codec/values/http-summary.ts';
import { classOf } from './classes.ts';

const shown = (value: object) => summaryOf(value, traitsOf(value));

describe('a class is told by all that it must have', () => {
  const kinds: Record<string, { name: string; methods: readonly string[]; accessors: object; summary: object }> = {
    'a request of the web': {
      name: 'Request',
      methods: [],
      accessors: { url: 'https://u/x?signature=S', method: 'POST' },
      summary: { class: 'Request', method: 'POST', url: 'https://u/x?signature=[redacted]' },
    },
    'a response of the web': {
      name: 'Response',
      methods: ['json'],
      accessors: { url: 'https://u/', status: 418, statusText: 'teapot' },
      summary: { class: 'Response', url: 'https://u/', status: 418, statusText: 'teapot' },
    },
    'a WebSocket': {
      name: 'Socket',
      methods: ['send', 'close'],
      accessors: { url: 'wss://u/', readyState: 1 },
      summary: { class: 'Socket', url: 'wss://u/', readyState: 1 },
    },
    'a server': { name: 'Server', methods: ['listen', 'on'], accessors: {}, summary: { class: 'Server' } },
    'an agent': { name: 'Pool', methods: ['addRequest', 'on'], accessors: {}, summary: { class: 'Pool' } },
    'a dispatcher of undici': {
      name: 'DispatcherBase',
      methods: ['dispatch'],
      accessors: {},
      summary: { class: 'DispatcherBase' },
    },
    'a stream': { name: 'Duplex', methods: ['pipe', 'on'], accessors: {}, summary: { class: 'Duplex' } },
  };
  /** Not needed for being told. */
  const FURTHER = ['statusText', 'url of a response', 'url of a WebSocket'];

  test.each(Object.entries(kinds))('%s', (kind, { name, methods, accessors, summary }) => {
    expect(shown(new (classOf(name, { methods, accessors }))())).toEqual(summary);
    const child = classOf('Child', {}, classOf(name, { methods, accessors }));
    expect(shown(new child())).toEqual({ ...summary, class: 'Child' });
    for (const method of methods) {
      const others = methods.filter((each) => each !== method);
      expect(shown(new (classOf(name, { methods: others, accessors }))()), `without ${method}`).toBeUndefined();
    }
    for (const accessor of Object.keys(accessors)) {
      if (FURTHER.some((each) => `${accessor} of ${kind}`.startsWith(each))) continue;
      const { [accessor]: _, ...others } = accessors as Record<string, unknown>;
      expect(shown(new (classOf(name, { methods, accessors: others }))()), `without ${accessor}`).toBeUndefined();
    }
    if (!['a WebSocket', 'an agent', 'a stream'].includes(kind))
      expect(shown(new (classOf('Other', { methods, accessors }))()), 'of another name').toBeUndefined();
  });

  test('what is told has no part that is of another kind, or empty', () => {
    const accessors = { url: 5, status: '200', statusText: '' };
    expect(shown(new (classOf('Response', { methods: ['json'], accessors }))())).toEqual({ class: 'Response' });
    expect(shown(new (classOf('Request', { accessors: { url: '', method: 5 } }))())).toEqual({ class: 'Request' });
    const long = 'x'.repeat(513);
    const cut = `${long.slice(1)}…[+1 characters]`;
    const texts = { url: new URL(`https://u/${'y'.repeat(502)}`), status: 200, statusText: long };
    expect(shown(new (classOf('Response', { methods: ['json'], accessors: texts }))())).toEqual({
      class: 'Response',
      url: texts.url.href,
      status: 200,
      statusText: cut,
    });
    expect(shown(new (classOf('Request', { accessors: { url: long, method: 'GET' } }))())).toHaveProperty('url', cut);
  });
});

describe('a stream', () => {
  const streamOf = (own: object, methods: readonly string[] = []) =>
    shown(Object.assign(new (classOf('Stream', { methods: ['pipe', 'on', ...methods] }))(), own));

  test('that is a request has its method and its address, with the port of its host', () => {
    const request = { method: 'GET', protocol: 'https:', host: 'h', path: '/p?token=S' };
    const headers = { getHeader: (name: string) => (name === 'host' ? 'h:8443' : undefined) };
    const url = (host: string) => ({ class: 'Stream', method: 'GET', url: `${host}/p?token=[redacted]` });
    expect(streamOf({ ...request, ...headers }, ['getHeader'])).toEqual(url('https://h:8443'));
    expect(streamOf({ ...request, getHeader: () => undefined }, ['getHeader'])).toEqual(url('https://h'));
    expect(streamOf({ ...request, getHeader: undefined }, ['getHeader'])).toEqual(url('https://h'));
    expect(streamOf({ ...request, getHeader: undefined, protocol: undefined }, ['getHeader'])).toEqual(url('http://h'));
    expect(streamOf({ method: 'GET', path: '/p' }, ['getHeader'])).toEqual({ class: 'Stream', method: 'GET', url: '/p' });
    expect(streamOf({ host: 'h' }, ['getHeader'])).toEqual({ class: 'Stream', url: 'http://h' });
  });

  test('that is put around a request has what it says of it', () => {
    expect(streamOf({ _currentUrl: 'https://a/', _options: { method: 'PUT' }, requestUrl: 'https://b/' })).toEqual({
      class: 'Stream',
      method: 'PUT',
      url: 'https://a/',
    });
    const got = { requestUrl: new URL('https://b/'), statusCode: 201, _options: null, host: 'h' };
    expect(streamOf(got, ['getHeader'])).toEqual({ class: 'Stream', url: 'https://b/', status: 201 });
  });

  test('that is a message has its own address, or else that of its request, and its status', () => {
    const message = { rawHeaders: [], statusCode: 200, statusMessage: 'OK' };
    const ends = { class: 'Stream', status: 200, statusText: 'OK' };
    const req = { method: 'GET', protocol: 'https:', host: 'h', path: '/p' };
    expect(streamOf({ ...message, url: '/own', method: 'POST', req })).toEqual({ ...ends, method: 'POST', url: '/own' });
    expect(streamOf({ ...message, url: '', responseUrl: 'https://r/', req })).toEqual({
      ...ends,
      method: 'GET',
      url: 'https://r/',
    });
    expect(streamOf({ ...message, url: '', req })).toEqual({ ...ends, method: 'GET', url: 'https://h/p' });
    expect(streamOf({ ...message, req: 5 })).toEqual(ends);
  });

  test('that is anything else says where it leads', () => {
    expect(streamOf({ remoteAddress: '127.0.0.1', remotePort: 443, path: '', fd: 0, other: 1 })).toEqual({
      class: 'Stream',
      remoteAddress: '127.0.0.1',
      remotePort: 443,
      fd: 0,
    });
    expect(streamOf({ path: '/tmp/x', fd: null, remoteAddress: undefined, method: 'GET', statusCode: 200 })).toEqual({
      class: 'Stream',
      path: '/tmp/x',
    });
    expect(streamOf({ requestUrl: 'https://b/' })).toEqual({ class: 'Stream', url: 'https://b/' });
  });
});

describe('a plain object of a client', () => {
  test('is a configuration or an answer by the members that only they have', () => {
    const all = ['headers', 'status', 'config', 'request', 'transformRequest', 'validateStatus'];
    fc.assert(
      fc.property(fc.subarray(all), (keys) => {
        const has = (key: string) => keys.includes(key);
        const isAnswer = has('status') && has('config') && has('request');
        const isConfig = !has('status') && (has('transformRequest') || has('validateStatus'));
        expect(isHttpData(Object.fromEntries(keys.map((key) => [key, 1])))).toBe(has('headers') && (isAnswer || isConfig));
      }),
    );
  });

  const configOf = (config: object) => summaryOfHttpData({ headers: {}, validateStatus: null, ...config });

  test('that is a configuration has its method and the address that it leads to', () => {
    const base = fc.constantFrom(undefined, '', 'https://h', 'https://h/', 'https://h/v1//');
    const path = fc.constantFrom(undefined, '', 'x', '/x', '//x', 'https://o/x', 'a1+.-:x', 'HTTP:x', '1a:x', 'x/y:z', ':x');
    fc.assert(
      fc.property(base, path, (baseURL, url) => {
        const whole = url !== undefined && /^(https:|HTTP:|a1\+\.-:)/.test(url);
        const joined = [(baseURL ?? '').replace(/\/*$/, ''), (url ?? '').replace(/^\/*/, '')]
          .filter((part) => part !== '')
          .join('/');
        const alone = url?.startsWith('/') ? `/${joined}` : joined;
        const wanted = whole ? url : (baseURL ?? '') === '' ? alone : joined;
        expect(configOf({ baseURL, url })).toEqual({ class: 'RequestConfig', ...(wanted !== '' && { url: wanted }) });
      }),
      { numRuns: 300 },
    );
    const address = new URL('https://h/x');
    expect(configOf({ url: address, method: 'post', timeout: 500 })).toEqual({
      class: 'RequestConfig',
      method: 'POST',
      url: 'https://h/x',
      timeout: 500,
    });
    for (const timeout of [0, -1, '5', undefined]) expect(configOf({ timeout })).toEqual({ class: 'RequestConfig' });
    expect(summaryOfHttpData({ headers: {}, transformRequest: [] })).toEqual({ class: 'RequestConfig' });
  });

  const answerOf = (more: object) => summaryOfHttpData({ headers: {}, status: 401, config: {}, request: {}, ...more });

  test('that is an answer has what was asked, its status, and the beginning of what it says', () => {
    const config = { url: 'https://h/x', method: 'get' };
    expect(answerOf({ config, statusText: 'Unauthorized', data: 'no' })).toEqual({
      class: 'Response',
      method: 'GET',
      url: 'https://h/x',
      status: 401,
      statusText: 'Unauthorized',
      data: 'no',
    });
    expect(answerOf({ config: null })).toEqual({ class: 'Response', status: 401 });
    const dataOf = (data: unknown) => answerOf({ data }).data;
    const long = 'x'.repeat(512);
    const told: [unknown, unknown][] = [
      [undefined, undefined],
      [null, undefined],
      ['', undefined],
      [0, 0],
      [false, false],
      [long, long],
      [`${long}yz`, `${long}…[+2 characters]`],
      [{}, '[object]'],
      [[1, 2], '[array of 2]'],
      [
        { code: -1, msg: `${long}y`, none: null, deep: {}, list: [1] },
        { code: -1, msg: `${long}…[+1 characters]`, none: null, deep: '[object]', list: '[array of 1]' },
      ],
    ];
    for (const [data, wanted] of told) expect(dataOf(data)).toEqual(wanted);
    for (const data of [undefined, null, '']) expect(answerOf({ data })).not.toHaveProperty('data');
    const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    expect(dataOf(members(16))).toEqual(members(16));
    expect(dataOf(members(18))).toEqual({ ...members(16), '…': '[+2 entries]' });
  });
});
