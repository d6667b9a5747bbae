/**
 * Names and tags of the loggers that the factories hand out.
 */
import { textOf } from '../codec/arguments.ts';
import type { Scope } from '../record.ts';

/** What tags mean by their position, on exchange and strategy loggers. Further tags have a place in `tags` only. */
const POSITIONS = ['exchange', 'api_type', 'transport', 'strategy_type'] as const;

export function componentScope(component: string): Scope {
  const name = textOf(component);
  return { name, tags: [name], attributes: { component: name } };
}

/** `('mexc', 'private.rest')` → `exchange.mexc.private.rest`, tags `[mexc, private, rest]`. */
export function exchangeScope(exchange: string, component: string): Scope {
  const venue = textOf(exchange);
  const part = textOf(component);
  return positional(`exchange.${venue}.${part}`, [venue, ...part.split('.').filter((tag) => tag !== '')]);
}

export function strategyScope(path: string, tags: readonly string[]): Scope {
  const list = Array.isArray(tags) ? tags.map(textOf) : [];
  return positional(`strategy.${textOf(path)}`, list);
}

function positional(name: string, tags: readonly string[]): Scope {
  const attributes = Object.fromEntries(POSITIONS.slice(0, tags.length).map((position, i) => [position, tags[i]]));
  return { name, tags, attributes };
}
