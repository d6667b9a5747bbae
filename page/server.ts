/**
 * What the page asks its server for. The token comes behind the # of the address, which browsers do not send; it is kept for this tab alone, and taken out of the
 * address, so that it is in no history and no screenshot.
 */
import type { ControlStatus, LevelChange, LevelsAnswer } from '../src/control/protocol.ts';
import { LEVELS_PATH, STATUS_PATH, STREAM_PATH, type StreamEvent } from '../src/page/protocol.ts';

const TOKEN_KEY = 'hft-otel token';

/** The server answers, and not with what was asked for. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  history.replaceState(null, '', location.pathname + location.search);
}

export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export const readStatus = () => ask<ControlStatus>(STATUS_PATH);
export const readLevels = () => ask<LevelsAnswer>(LEVELS_PATH);
export const setLevel = (change: LevelChange) => ask<LevelsAnswer>(LEVELS_PATH, { method: 'POST', body: JSON.stringify(change) });
export const resetLevel = (pattern: string | undefined) =>
  ask<LevelsAnswer>(pattern === undefined ? LEVELS_PATH : `${LEVELS_PATH}?pattern=${encodeURIComponent(pattern)}`, {
    method: 'DELETE',
  });

export interface Filter {
  readonly level: string;
  readonly query: string;
}

/** Calls `onEvent` for each line until the stream ends, or `signal` ends it. Rejects when it is refused or breaks off. */
export async function readStream(filter: Filter, signal: AbortSignal, onEvent: (event: StreamEvent) => void): Promise<void> {
  const response = await request(`${STREAM_PATH}?${parametersOf(filter)}`, { signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onEvent(JSON.parse(line) as StreamEvent);
  }
}

function parametersOf({ level, query }: Filter): string {
  return new URLSearchParams({ level, query }).toString();
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await request(path, init)).json()) as T;
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, {
    ...init,
    headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY) ?? ''}` },
  });
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({ error: response.statusText }))) as { error: string };
  throw new Refused(response.status, error);
}
