/**
 * Live records: filter, list, pause. The newest stands at the bottom, as in a terminal; who scrolls up, opens a record or presses Pause reads in peace, and what
 * comes meanwhile is kept.
 */
import type { RecordMembers, StreamEvent } from '../src/page/protocol.ts';
import { element, setText } from './dom.ts';
import { count } from './format.ts';
import { recordRow } from './record-row.ts';
import { type Filter, Refused, readStream } from './server.ts';

/** Rows in the document: more make a browser slow, and nobody reads them. */
const MOST_ROWS = 500;
/** Records that are kept while the list is paused. */
const MOST_HELD = 2_000;
const TYPING_PAUSE_MILLIS = 250;
const RETRY_MILLIS = 2_000;

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal', 'audit'] as const;

export interface RecordsEvents {
  readonly onConnection: (isConnected: boolean) => void;
  readonly onRefused: (refusal: Refused) => void;
}

export class RecordsView {
  readonly root: HTMLElement;
  readonly #events: RecordsEvents;
  readonly #list = element('ol', { class: 'records', tabindex: 0, 'aria-label': 'Records, newest last' });
  readonly #search = element('input', {
    type: 'search',
    id: 'search',
    placeholder: 'text, order_id=17, qty>=0.5, tag:trading, logger:exchange.*, -heartbeat',
    spellcheck: 'false',
    autocomplete: 'off',
    oninput: () => this.#typed(),
  });
  readonly #level = element(
    'select',
    { id: 'least-level', onchange: () => this.#restart() },
    ...LEVELS.map((level) =>
      element(
        'option',
        { value: level },
        level === 'audit' ? 'audit only' : level === 'trace' ? 'all levels' : `${level} and above`,
      ),
    ),
  );
  readonly #pause = element('button', { type: 'button', class: 'button', onclick: () => this.#togglePause() }, 'Pause');
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #error = element('p', { class: 'problem', role: 'alert' });
  #held: RecordMembers[] = [];
  #heldTotal = 0;
  #isPaused = false;
  #left = 0;
  #shown = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #running = new AbortController();

  constructor(events: RecordsEvents) {
    this.#events = events;
    this.root = element(
      'section',
      { class: 'records-view' },
      element(
        'form',
        { class: 'toolbar', role: 'search', onsubmit: (event) => event.preventDefault() },
        element('label', { for: 'least-level', class: 'visually-hidden' }, 'Least level'),
        this.#level,
        element('label', { for: 'search', class: 'visually-hidden' }, 'Search'),
        this.#search,
        this.#pause,
        element('button', { type: 'button', class: 'button', onclick: () => this.#clear() }, 'Clear'),
      ),
      this.#error,
      this.#list,
      this.#note,
    );
    this.#list.addEventListener('scroll', () => this.#scrolled());
  }

  start(): void {
    this.#restart();
  }

  /** Adds a term to the search, for example `order_id=17`. */
  #addTerm(term: string): void {
    this.#search.value = `${this.#search.value.trim()} ${term}`.trim();
    this.#setPaused(false);
    this.#restart();
  }

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#restart(), TYPING_PAUSE_MILLIS);
  }

  #restart(): void {
    clearTimeout(this.#typing);
    this.#running.abort();
    this.#running = new AbortController();
    this.#clear();
    setText(this.#error, '');
    void this.#follow({ level: this.#level.value, query: this.#search.value }, this.#running.signal);
  }

  async #follow(filter: Filter, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        let isFirst = true;
        await readStream(filter, signal, (event) => {
          if (signal.aborted) return;
          // A stream begins with the newest that are kept: after a break they are listed already.
          if (isFirst) this.#clear();
          isFirst = false;
          this.#events.onConnection(true);
          this.#take(event);
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refused) {
          if (error.status === 401) this.#events.onRefused(error);
          else setText(this.#error, error.message);
          if (error.status < 500) return;
        }
      }
      if (!signal.aborted) this.#events.onConnection(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    }
  }

  #take({ records, skipped, unseen }: StreamEvent): void {
    this.#left += skipped + unseen;
    if (records.length > 0) {
      if (this.#isPaused) this.#hold(records);
      else this.#show(records);
    }
    this.#tell();
  }

  #hold(records: readonly RecordMembers[]): void {
    this.#held.push(...records);
    this.#heldTotal += records.length;
    if (this.#held.length > MOST_HELD) this.#held = this.#held.slice(-MOST_HELD);
  }

  #show(records: readonly RecordMembers[]): void {
    const newest = records.slice(-MOST_ROWS);
    this.#shown += records.length;
    const rows = document.createDocumentFragment();
    for (const record of newest)
      rows.append(
        recordRow(
          record,
          (term) => this.#addTerm(term),
          () => this.#setPaused(true),
        ),
      );
    this.#list.append(rows);
    while (this.#list.childElementCount > MOST_ROWS) this.#list.firstElementChild?.remove();
    this.#toBottom();
  }

  #toBottom(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#list;
    const isAtBottom = scrollHeight - scrollTop - clientHeight < 8;
    if (!isAtBottom && !this.#isPaused) this.#setPaused(true);
  }

  #togglePause(): void {
    this.#setPaused(!this.#isPaused);
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#pause.setAttribute('aria-pressed', String(isPaused));
    if (!isPaused) {
      const held = this.#held;
      this.#held = [];
      this.#heldTotal = 0;
      this.#show(held);
    }
    this.#tell();
  }

  #clear(): void {
    this.#list.replaceChildren();
    this.#held = [];
    this.#heldTotal = 0;
    this.#left = 0;
    this.#shown = 0;
    this.#tell();
  }

  #tell(): void {
    const held = this.#heldTotal === 0 ? '' : ` (${count(this.#heldTotal)} new)`;
    setText(this.#pause, this.#isPaused ? `Resume${held}` : 'Pause');
    const state = this.#isPaused ? 'Paused. ' : '';
    const left =
      this.#left === 0
        ? ''
        : ` ${count(this.#left)} more came than can be read, and are not listed; narrow the search to see them.`;
    const shown = this.#shown === 0 && !this.#isPaused ? 'Waiting for records that pass.' : `${count(this.#shown)} records.`;
    setText(this.#note, `${state}${shown}${left}`);
  }
}
