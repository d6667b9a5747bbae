/**
 * Frames of one call, gathered by OpenTelemetry scope and resource: a request has each scope once, not once a record. Loggers that differ only in context share
 * a scope.
 */

import { Segment } from '../segment.ts';
import { encodeResource, encodeScope, type ScopeIdentity } from './scope.ts';

/** In place of an index. */
export const NONE = -1;

/** Groups kept. Scopes that are defined are few, but records that travel with their scope can bring any number. */
const MAX_GROUPS = 4096;

export class ScopeGroup {
  /** Beginning of ResourceLogs. One object for all groups of a resource. */
  readonly resource: Segment;
  /** Beginning of ScopeLogs. */
  readonly scope: Segment;
  /** First and last frame gathered, by index; {@link NONE} if there is none. */
  first = NONE;
  last = NONE;

  constructor(resource: Segment, scope: Segment) {
    this.resource = resource;
    this.scope = scope;
  }
}

export class ScopeGroups {
  /** Groups that have frames, in the order of their first ones. */
  readonly used: ScopeGroup[] = [];
  readonly #ownResource: Segment;
  readonly #resources = new Map<string, Segment>();
  readonly #groups = new Map<string, ScopeGroup>();
  /** Index of the next frame of the same group, by index. */
  #next = new Int32Array(256);

  /** `resource`: attributes of the resource of records without one of their own. */
  constructor(resource: Readonly<Record<string, unknown>>) {
    this.#ownResource = new Segment(encodeResource(resource));
  }

  /** True when there are so many groups that it is time to {@link clear} them. */
  get isFull(): boolean {
    return this.#groups.size >= MAX_GROUPS;
  }

  /** The group of a scope: the same object for equal scopes, until {@link clear}. */
  find(identity: ScopeIdentity): ScopeGroup {
    const scope = encodeScope(identity);
    const resource = identity.resource === undefined ? undefined : encodeResource(identity.resource);
    const key = `${keyOf(scope)}\n${resource === undefined ? '' : keyOf(resource)}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new ScopeGroup(resource === undefined ? this.#ownResource : this.#resourceSegment(resource), new Segment(scope));
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Adds frame `index` to a group. Within a group, indexes must come in order. */
  add(group: ScopeGroup, index: number): void {
    if (index >= this.#next.length) this.#grow(index);
    this.#next[index] = NONE;
    if (group.first === NONE) {
      group.first = index;
      this.used.push(group);
    } else {
      this.#next[group.last] = index;
    }
    group.last = index;
  }

  /** The frame after `index` in its group, or {@link NONE}. */
  next(index: number): number {
    return this.#next[index];
  }

  /** Takes all frames out of their groups. */
  reset(): void {
    for (const group of this.used) group.first = NONE;
    this.used.length = 0;
  }

  /** Forgets all groups. */
  clear(): void {
    this.reset();
    this.#groups.clear();
    this.#resources.clear();
  }

  #resourceSegment(resource: Uint8Array): Segment {
    const key = keyOf(resource);
    let segment = this.#resources.get(key);
    if (segment === undefined) {
      segment = new Segment(resource);
      this.#resources.set(key, segment);
    }
    return segment;
  }

  #grow(index: number): void {
    const grown = new Int32Array(Math.max(this.#next.length * 2, index + 1));
    grown.set(this.#next);
    this.#next = grown;
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
