/**
 * Names and tags of the loggers that the factories return.
 */
import { textOf } from '../codec/encode/arguments.ts';
import { MAX_NAME_BYTES } from '../codec/values/value-parts.ts';
import { cutText } from '../codec/values/value-texts.ts';
import type { Scope } from '../record.ts';

/** Meanings of tags by their position, on exchange and strategy loggers. Further tags have a place in `tags` only. */
const POSITIONS = ['exchange', 'api_type', 'transport', 'strategy_type'] as const;

/** Tags of a logger. Four have a meaning by their place; no list of names is this long. */
const MAX_TAGS = 32;

function nameOf(value: unknown): string {
  return cutText(textOf(value), MAX_NAME_BYTES);
}

export function componentScope(component: string): Scope {
  const name = nameOf(component);
  return { name, tags: [name], attributes: { component: name } };
}

/** `('mexc', 'private.rest')` → `exchange.mexc.private.rest`, tags `[mexc, private, rest]`. */
export function exchangeScope(exchange: string, component: string): Scope {
  const venue = nameOf(exchange);
  const part = nameOf(component);
  return positional(`exchange.${venue}.${part}`, [venue, ...part.split('.').filter((tag) => tag !== '')]);
}

export function strategyScope(path: string, tags: readonly string[]): Scope {
  return positional(`strategy.${nameOf(path)}`, textsOf(tags));
}

function textsOf(tags: unknown): string[] {
  try {
    if (typeof tags === 'string') return [nameOf(tags)];
    return Array.isArray(tags) ? tags.slice(0, MAX_TAGS).map(nameOf) : [];
  } catch {
    return []; // a revoked proxy
  }
}

function positional(name: string, tags: readonly string[]): Scope {
  const attributes = Object.fromEntries(POSITIONS.slice(0, tags.length).map((position, i) => [position, tags[i]]));
  return { name, tags, attributes };
}
