/**
 * Levels: from which one loggers write, what an operator has set over the program's rules, and a form to set more, as `hft-otel level` does.
 */
import type { LevelOverride } from '../src/caller/level-board.ts';
import type { LevelsAnswer } from '../src/control/protocol.ts';
import type { Level } from '../src/record.ts';
import { element, setText, table } from './dom.ts';
import { span } from './format.ts';
import { readLevels, resetLevel, setLevel } from './server.ts';

const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warning', 'error', 'fatal'];
const TIMES = [
  ['5 min', 300],
  ['1 min', 60],
  ['30 min', 1_800],
  ['2 h', 7_200],
  ['until the process ends', 0],
] as const;

const ANY_OTHER = 'all other loggers';

export class LevelsView {
  readonly root: HTMLElement;
  readonly #rules = element('div');
  readonly #set = element('div');
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #pattern = element('input', {
    id: 'pattern',
    placeholder: ANY_OTHER,
    spellcheck: 'false',
    autocomplete: 'off',
    maxlength: 255,
  });
  readonly #level = element(
    'select',
    { id: 'level' },
    ...LEVELS.map((level) => element('option', { selected: level === 'debug' }, level)),
  );
  readonly #time = element(
    'select',
    { id: 'time' },
    ...TIMES.map(([text, seconds]) => element('option', { value: seconds }, text)),
  );
  #shown = '';

  constructor() {
    this.root = element(
      'section',
      { class: 'cards' },
      element(
        'article',
        { class: 'card' },
        element('h2', {}, 'Change a level'),
        element(
          'form',
          {
            class: 'form',
            onsubmit: (event) => {
              event.preventDefault();
              void this.#submit();
            },
          },
          field('pattern', 'Logger, * for any characters', this.#pattern),
          field('level', 'Writes from', this.#level),
          field('time', 'For', this.#time),
          element('button', { class: 'button primary' }, 'Set level'),
        ),
        this.#problem,
        element(
          'p',
          { class: 'hint' },
          'It holds from the next log call on, over the program’s own rules, which come back when it is over.',
        ),
      ),
      element('article', { class: 'card' }, element('h2', {}, 'Set by operators'), this.#set),
      element('article', { class: 'card' }, element('h2', {}, 'The program’s own rules'), this.#rules),
    );
  }

  async update(): Promise<void> {
    try {
      this.#show(await readLevels());
    } catch (error) {
      setText(this.#problem, (error as Error).message);
    }
  }

  async #submit(): Promise<void> {
    const pattern = this.#pattern.value.trim();
    const seconds = Number(this.#time.value);
    await this.#change(() =>
      setLevel({
        level: this.#level.value as Level,
        ...(pattern !== '' && { pattern }),
        ...(seconds > 0 && { forMillis: seconds * 1_000 }),
      }),
    );
  }

  async #change(change: () => Promise<LevelsAnswer>): Promise<void> {
    try {
      setText(this.#problem, '');
      this.#show(await change());
    } catch (error) {
      setText(this.#problem, (error as Error).message);
    }
  }

  #show({ level, levels, overrides }: LevelsAnswer): void {
    const now = Date.now();
    const own = [...Object.entries(levels), [ANY_OTHER, level] as const];
    const text = JSON.stringify([own, overrides.map((each) => [each, timeLeft(each, now)])]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#rules.replaceChildren(
      table(
        'The program’s own rules',
        ['Logger', 'Writes from'],
        own.map(([pattern, name]) => [pattern, badge(name)]),
      ),
    );
    const rows = overrides.map((each) => [
      each.pattern ?? ANY_OTHER,
      badge(each.level),
      timeLeft(each, now),
      element(
        'button',
        {
          type: 'button',
          class: 'button small',
          'aria-label': `Take back the level of ${each.pattern ?? ANY_OTHER}`,
          onclick: () => void this.#change(() => this.#takeBack(each, overrides)),
        },
        'Take back',
      ),
    ]);
    this.#set.replaceChildren(
      rows.length === 0
        ? element('p', { class: 'hint' }, 'Nothing: the program’s own rules hold.')
        : table('Set by operators', ['Logger', 'Writes from', 'How long', ''], rows),
    );
  }

  /** The server takes one back by its pattern. That of all other loggers has none: all are taken back, and the rest set again. */
  async #takeBack(override: LevelOverride, all: readonly LevelOverride[]): Promise<LevelsAnswer> {
    if (override.pattern !== undefined) return resetLevel(override.pattern);
    let answer = await resetLevel(undefined);
    for (const { level, pattern, untilUnixMillis } of all) {
      if (pattern === undefined) continue;
      const forMillis = untilUnixMillis === undefined ? undefined : untilUnixMillis - Date.now();
      if (forMillis !== undefined && forMillis <= 0) continue;
      answer = await setLevel({ level, pattern, ...(forMillis !== undefined && { forMillis }) });
    }
    return answer;
  }
}

function timeLeft({ untilUnixMillis }: LevelOverride, now: number): string {
  return untilUnixMillis === undefined ? 'until the process ends' : `${span((untilUnixMillis - now) / 1_000)} more`;
}

function badge(level: string): HTMLElement {
  return element('span', { class: `level level-${level}` }, level);
}

function field(id: string, label: string, control: HTMLElement): HTMLElement {
  return element('div', { class: 'labelled' }, element('label', { for: id }, label), control);
}
