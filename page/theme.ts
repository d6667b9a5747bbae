/**
 * Dark or light: as the system has it, until somebody chooses.
 */
import { element, setText } from './dom.ts';

const KEY = 'hft-otel theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

type Theme = 'dark' | 'light';

export function themeButton(onChange: () => void): HTMLButtonElement {
  const root = document.documentElement;
  const shown = (): Theme => (localStorage.getItem(KEY) as Theme | null) ?? (DARK.matches ? 'dark' : 'light');
  const other = (): Theme => (shown() === 'dark' ? 'light' : 'dark');
  const apply = () => {
    root.dataset.theme = shown();
    setText(button, other() === 'dark' ? 'Dark' : 'Light');
    button.setAttribute('aria-label', `Change to ${other()} colours`);
  };
  const button = element(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: () => {
        localStorage.setItem(KEY, other());
        apply();
        onChange();
      },
    },
    '',
  );
  DARK.addEventListener('change', () => {
    apply();
    onChange();
  });
  apply();
  return button;
}
