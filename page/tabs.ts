/**
 * Tabs as the ARIA Authoring Practices describe them: arrow keys move, one panel is shown. The shown one stands in the address, so that it outlives a reload.
 */
import { element } from './dom.ts';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: HTMLElement;
}

export class Tabs {
  readonly list: HTMLElement;
  readonly panels: readonly HTMLElement[];
  readonly #tabs: readonly Tab[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #onShown: () => void;
  #shown = 0;

  constructor(tabs: readonly Tab[], onShown: () => void) {
    this.#tabs = tabs;
    this.#onShown = onShown;
    this.#buttons = tabs.map(({ id, label }, i) =>
      element(
        'button',
        { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}`, onclick: () => this.#show(i) },
        label,
      ),
    );
    this.panels = tabs.map(({ id, content }) =>
      element('div', { role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}`, class: 'panel' }, content),
    );
    this.list = element(
      'div',
      { role: 'tablist', class: 'tabs', 'aria-label': 'Views', onkeydown: (event) => this.#moved(event as KeyboardEvent) },
      ...this.#buttons,
    );
    const asked = tabs.findIndex(({ id }) => location.search === `?${id}`);
    this.#mark(Math.max(0, asked));
  }

  get shown(): string {
    return this.#tabs[this.#shown].id;
  }

  #moved(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.#show((this.#shown + step + this.#tabs.length) % this.#tabs.length);
    this.#buttons[this.#shown].focus();
  }

  #show(index: number): void {
    this.#mark(index);
    history.replaceState(null, '', index === 0 ? location.pathname : `?${this.#tabs[index].id}`);
    this.#onShown();
  }

  #mark(index: number): void {
    this.#shown = index;
    for (const [i, button] of this.#buttons.entries()) {
      button.setAttribute('aria-selected', String(i === index));
      button.tabIndex = i === index ? 0 : -1;
      this.panels[i].hidden = i !== index;
    }
  }
}
