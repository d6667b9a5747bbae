/**
 * One record: a line, and, when it is opened, everything in it.
 */
import type { RecordMembers } from '../src/page/protocol.ts';
import { element } from './dom.ts';
import { timeOfDay } from './format.ts';

/** Members that have a place of their own in the line. */
const PLACED: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'msg', 'event', 'tags', 'seq', 'audit_seq', 'run']);

/** What is longer is cut in the line; opened, it is whole. */
const MOST_SHOWN = 400;

export function recordRow(record: RecordMembers, onTerm: (term: string) => void, onOpen: () => void): HTMLLIElement {
  const isAudit = typeof record.audit_seq === 'number';
  const level = isAudit ? 'audit' : String(record.level ?? 'info');
  const fields = Object.entries(record).filter(([name]) => !PLACED.has(name));
  const details: HTMLDetailsElement = element(
    'details',
    {
      ontoggle: () => {
        if (!details.open || details.childElementCount > 1) return;
        onOpen();
        details.append(everythingIn(record, onTerm));
        details.scrollIntoView({ block: 'nearest' });
      },
    },
    element(
      'summary',
      { class: 'record' },
      element('time', { datetime: String(record.time) }, timeOfDay(record.time)),
      element('span', { class: `level level-${level}` }, level),
      element('span', { class: 'logger' }, String(record.logger ?? '')),
      element(
        'span',
        { class: 'message' },
        cut(String((isAudit ? record.event : record.msg) ?? '')),
        element('span', { class: 'fields' }, ...fields.slice(0, 12).map(([name, value]) => field(name, value))),
      ),
    ),
  );
  return element('li', {}, details);
}

function field(name: string, value: unknown): HTMLElement {
  return element('span', { class: 'field' }, element('span', { class: 'field-name' }, `${name}=`), cut(textOf(value)));
}

function everythingIn(record: RecordMembers, onTerm: (term: string) => void): HTMLElement {
  const members = Object.entries(record).flatMap(([name, value]) =>
    name === 'tags' && Array.isArray(value) ? value.map((tag) => ['tag', tag] as const) : [[name, value] as const],
  );
  const rows = members.map(([name, value]) => {
    const term = termFor(name, value);
    return element(
      'div',
      { class: 'member' },
      element('dt', {}, name),
      element(
        'dd',
        {},
        element(
          'span',
          { class: 'value' },
          typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : textOf(value),
        ),
        term === undefined
          ? undefined
          : element(
              'span',
              { class: 'terms' },
              element(
                'button',
                {
                  type: 'button',
                  class: 'term',
                  'aria-label': `Only ${term}`,
                  title: `Only ${term}`,
                  onclick: () => onTerm(term),
                },
                '+',
              ),
              element(
                'button',
                {
                  type: 'button',
                  class: 'term',
                  'aria-label': `Not ${term}`,
                  title: `Not ${term}`,
                  onclick: () => onTerm(`-${term}`),
                },
                '−',
              ),
            ),
      ),
    );
  });
  const copy = element(
    'button',
    {
      type: 'button',
      class: 'button small',
      onclick: async () => {
        await navigator.clipboard.writeText(JSON.stringify(record));
        copy.textContent = 'Copied';
      },
    },
    'Copy as JSON',
  );
  return element('div', { class: 'members' }, element('dl', {}, ...rows), copy);
}

/** What finds records with the same value; undefined for what cannot be asked for so. */
function termFor(name: string, value: unknown): string | undefined {
  if (name === 'time' || name === 'seq' || name === 'audit_seq') return undefined;
  if (name === 'logger') return quoted(`logger:${String(value)}`);
  if (name === 'tag') return quoted(`tag:${String(value)}`);
  if (typeof value === 'object' && value !== null) return undefined;
  const text = textOf(value);
  return text.length > 200 || text.includes('"') ? undefined : quoted(`${name}=${text}`);
}

function quoted(term: string): string | undefined {
  if (!/\s/.test(term)) return term;
  const [, name, value] = /^([^\s=:]+[=:])(.*)$/s.exec(term) ?? [];
  return name === undefined ? undefined : `${name}"${value}"`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
