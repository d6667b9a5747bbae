/**
 * Which values hold credentials. Decided from the names above them, before any value is read: a redacted value never reaches the ring.
 *
 * An entry of one name counts at any depth. An entry of several is the end of a path (`headers.authorization`, `accounts.*.pin`): `*` stands for any one
 * key or position, `**` for any run of them. Within a name, `*` stands for any run of characters (`*secret`, `x_*_key`). Names are compared without
 * case and without `_`, `-`, `.` and spaces. A dotted key (`http.request.header.authorization`) counts as the path it spells. Positions in arrays and
 * sets may be written (`accounts.0.pin`, `accounts.*.pin`) or left out (`accounts.pin`).
 *
 * A value's {@link Place} knows how far each path entry has been met by the keys above it. Places are made when they are first needed and found again by one
 * look-up for each key, so no path is ever put together. Most values stand at the same place: the one where no path entry has begun.
 */
import { endsInName, nameMatcher, normalizedName } from '../common/credential-matcher.ts';
import { maskSecrets, mayHoldSecrets } from '../common/mask-secrets.ts';
import { namePattern } from '../common/name-pattern.ts';
import { ANY, ANY_RUN, parseEntry } from './entry.ts';

/** Where a value stands, as far as redaction is concerned. */
export interface Place {
  /** The value that stands here is replaced. */
  readonly redacted: boolean;
  /** False: {@link at} gives this same place for every position. */
  readonly seesPositions: boolean;
  /** A list that stands here has names of headers beside their values. It also sees positions. */
  readonly holdsHeaders: boolean;
  /** Of the value with this key in the object or map that stands here. */
  under(key: string): Place;
  /** Of the value at this position in the array or set that stands here. */
  at(position: number): Place;
  /** A value at two places: it is replaced if either place says so. */
  and(other: Place): Place;
}

export interface Redaction {
  /** Of a record's fields. */
  readonly root: Place;
  /** Whether the value of this field of a record is replaced. */
  redactsKey(key: string): boolean;
  /** Credentials inside a text, such as the query of a URL, replaced. */
  maskText(text: string): string;
  /** Whether {@link maskText} looks into texts at all. */
  readonly masksTexts: boolean;
}

export interface RedactionOptions {
  /** Whether credentials inside of texts are replaced. Default: true. Without entries they never are. */
  readonly texts?: boolean;
}

/** A part of a path: matches normalized keys. */
interface Part {
  readonly matches: (normalized: string) => boolean;
  readonly isAny: boolean;
  readonly isRun: boolean;
  readonly position: string | undefined;
}

/** A path entry of which the first parts are met: what is left of it, as a link of a chain. */
interface Rest {
  readonly id: number;
  readonly part: Part;
  /** Undefined: this part is the last. */
  readonly next: Rest | undefined;
}

/** Places and keys that are kept. Programs use some hundreds; one that makes keys up as it goes pays for looking again, not with memory. */
const MAX_KEPT = 4096;

/** Longer keys are judged by their last part: no credential name is that long. Neither time nor memory follows their length. */
const MAX_KEY_UNITS = 256;

/** Longer texts are not shown at all. */
const MAX_MASKED_UNITS = 2 ** 24;

/** Texts that are kept with what became of them, and how long they may be: shorter ones are looked into as fast, longer ones would be memory. */
const RECENT = 8;
const LEAST_RECENT_UNITS = 64;
const MOST_RECENT_UNITS = 8_192;

/** Values of keys that are longer still are replaced unseen: to look at such a key takes the engine a second. */
const MAX_JUDGED_UNITS = 2 ** 24;

export function compileRedaction(entries: readonly string[], { texts = true }: RedactionOptions = {}): Redaction {
  const rules = new Rules(entries);
  const root = rules.place([]);
  const isCredential = (name: string) => root.under(name).redacted;
  const masksTexts = texts && entries.length > 0;
  const recent = new RecentTexts((text) => maskSecrets(text, { isCredential, leavesWords: true }));
  return {
    root,
    redactsKey: isCredential,
    masksTexts,
    maskText: (text) => (masksTexts && text.length <= MAX_MASKED_UNITS && mayHoldSecrets(text) ? recent.masked(text) : text),
  };
}

/** Texts that come again, such as the stacks of errors from one place, are looked into once: 3 µs for a stack, to be compared with the last few takes 0.1. */
class RecentTexts {
  readonly #mask: (text: string) => string;
  readonly #texts = new Array<string>(RECENT).fill('');
  readonly #masked = new Array<string>(RECENT).fill('');
  #next = 0;

  constructor(mask: (text: string) => string) {
    this.#mask = mask;
  }

  masked(text: string): string {
    const { length } = text;
    if (length < LEAST_RECENT_UNITS || length > MOST_RECENT_UNITS) return this.#mask(text);
    const texts = this.#texts;
    for (let i = 0; i < RECENT; i++) if (texts[i] === text) return this.#masked[i];
    const masked = this.#mask(text);
    texts[this.#next] = text;
    this.#masked[this.#next] = masked;
    this.#next = (this.#next + 1) % RECENT;
    return masked;
  }
}

class Rules {
  readonly isName: (normalized: string) => boolean;
  /** Path entries from their first part. */
  readonly starts: readonly Rest[];
  readonly redacted: Place = new RedactedPlace();
  readonly #places = new Map<string, OpenPlace>();
  #kept = 0;

  constructor(entries: readonly string[]) {
    const names: string[] = [];
    const starts: Rest[] = [];
    let id = 0;
    for (const entry of entries) {
      const parsed = parseEntry(entry);
      if ('name' in parsed) names.push(parsed.name);
      else if ('path' in parsed) {
        let rest: Rest | undefined;
        for (const part of parsed.path.toReversed()) rest = { id: id++, part: partOf(part), next: rest };
        starts.push(...withRunsSkipped(rest!));
      }
    }
    this.isName = nameMatcher(names);
    this.starts = starts;
  }

  place(rests: readonly Rest[], holdsHeaders = false): OpenPlace {
    const key = `${holdsHeaders ? 'headers ' : ''}${rests.map(({ id }) => id).join()}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      place = new OpenPlace(this, rests, holdsHeaders);
      this.#places.set(key, place);
    }
    return place;
  }

  /** One more look-up is to be kept; when there are too many, all are forgotten. */
  keep(): void {
    if (++this.#kept < MAX_KEPT) return;
    this.#kept = 0;
    for (const place of this.#places.values()) place.forget();
    // The root stays: it is what redactions are asked by.
    for (const [key] of this.#places) if (key !== '') this.#places.delete(key);
  }
}

class RedactedPlace implements Place {
  readonly redacted = true;
  readonly seesPositions = false;
  readonly holdsHeaders = false;
  under(): Place {
    return this;
  }
  at(): Place {
    return this;
  }
  and(): Place {
    return this;
  }
}

class OpenPlace implements Place {
  readonly redacted = false;
  readonly seesPositions: boolean;
  readonly holdsHeaders: boolean;
  readonly rests: readonly Rest[];
  readonly #rules: Rules;
  readonly #under = new Map<string, Place>();

  constructor(rules: Rules, rests: readonly Rest[], holdsHeaders: boolean) {
    this.#rules = rules;
    this.rests = rests;
    this.holdsHeaders = holdsHeaders;
    const takesPosition = ({ part }: Rest) => part.isAny || part.isRun || part.position !== undefined;
    this.seesPositions = holdsHeaders || rests.some(takesPosition) || rules.starts.some(takesPosition);
  }

  under(key: string): Place {
    return this.#under.get(key) ?? this.#judge(key);
  }

  at(position: number): Place {
    if (!this.seesPositions) return this;
    const key = String(position);
    const { starts } = this.#rules;
    const { left, isComplete } = advance([...this.rests, ...starts], ({ isAny, position: own }) => isAny || own === key);
    // A position may also be left out of an entry: what was met so far stays.
    return isComplete ? this.#rules.redacted : this.#rules.place(distinct([...this.rests, ...left]));
  }

  and(other: Place): Place {
    if (other === this) return this;
    return other instanceof OpenPlace ? this.#rules.place(distinct([...this.rests, ...other.rests])) : other;
  }

  forget(): void {
    this.#under.clear();
  }

  #judge(key: string): Place {
    const rules = this.#rules;
    // The cache can be made again.
    if (key.length > MAX_JUDGED_UNITS) return rules.redacted;
    const parts = key.slice(-MAX_KEY_UNITS).split('.').map(normalizedName);
    let place: Place = rules.redacted;
    if (!endsInName(rules.isName, parts)) {
      let rests: readonly Rest[] = this.rests;
      let isComplete = false;
      for (const name of parts) {
        ({ left: rests, isComplete } = advance([...rests, ...rules.starts], (part) => part.isAny || part.matches(name)));
      }
      if (!isComplete) place = rules.place(distinct(rests), parts[parts.length - 1].endsWith('headers'));
    }
    if (key.length <= MAX_KEY_UNITS) {
      rules.keep();
      this.#under.set(key, place);
    }
    return place;
  }
}

/** The rest of each entry whose next part matches a key or a position, and whether one of them is matched in full. */
function advance(
  rests: readonly Rest[],
  meets: (part: Part) => boolean,
): { readonly left: Rest[]; readonly isComplete: boolean } {
  const left: Rest[] = [];
  let isComplete = false;
  for (const rest of rests) {
    const { part, next } = rest;
    if (!part.isRun && !meets(part)) continue;
    // `**` at the end of an entry matches everything below.
    if (next === undefined) isComplete = true;
    else left.push(...withRunsSkipped(part.isRun ? rest : next));
  }
  return { left, isComplete };
}

/** `**` may match nothing: then the part behind it is next. */
function withRunsSkipped(rest: Rest): Rest[] {
  return rest.part.isRun && rest.next !== undefined ? [rest, ...withRunsSkipped(rest.next)] : [rest];
}

function distinct(rests: readonly Rest[]): Rest[] {
  return [...new Map(rests.map((rest) => [rest.id, rest])).values()].sort((a, b) => a.id - b.id);
}

function partOf(part: string): Part {
  return {
    matches: namePattern(part),
    isAny: part === ANY,
    isRun: part === ANY_RUN,
    position: /^\d+$/.test(part) ? part : undefined,
  };
}

/** Replaces nothing. */
export const NO_REDACTION: Redaction = compileRedaction([]);
