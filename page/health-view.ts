/**
 * Health: lanes, backends with their circuits and spools, losses by reason, the audit trail.
 */
import type { ControlStatus } from '../src/control/protocol.ts';
import { element, table } from './dom.ts';
import { bytes, count, measured, percent, rate, span } from './format.ts';
import type { Readings } from './readings.ts';

export class HealthView {
  readonly root = element('section', { class: 'cards' });

  update(readings: Readings): void {
    const status = readings.last;
    // Selected text would be lost.
    if (status === undefined || !(document.getSelection()?.isCollapsed ?? true)) return;
    // Nor may a table that somebody scrolls with the keyboard lose the focus.
    if (this.root.contains(document.activeElement)) return;
    this.root.replaceChildren(backendsCard(status, readings), lanesCard(status, readings), lossesCard(status), auditCard(status));
  }
}

function card(title: string, ...content: (Node | string)[]): HTMLElement {
  return element('article', { class: 'card' }, element('h2', {}, title), ...content);
}

function backendsCard({ health, timeUnixMillis }: ControlStatus, readings: Readings): HTMLElement {
  const backends = Object.entries(health.backends);
  const rows = backends.map(([name, each]) => [
    name,
    stateOf(each.state),
    rate(readings.now(`backend.${name}`)),
    each.bytes === 0 ? '–' : bytes(readings.now(`bytes.${name}`)),
    count(each.pending),
    lost(each.droppedTotal),
    count(each.retries),
    Object.entries(each.circuits ?? {})
      .map(([lane, state]) => `${lane} ${state}`)
      .join(', ') || '–',
    Object.entries(each.spools ?? {})
      .map(([lane, spool]) => `${lane} ${count(spool.records)} records, ${bytes(spool.bytes)}${ageOf(spool, timeUnixMillis)}`)
      .join('; ') || '–',
  ]);
  const errors = backends
    .filter(([, { state, lastError }]) => state !== 'ok' && lastError !== undefined)
    .map(([name, { lastError }]) => element('p', { class: 'problem' }, `${name}: ${lastError}`));
  return card(
    'Backends',
    table('Backends', ['Backend', 'State', 'Records/s', 'Bytes/s', 'Waiting', 'Lost', 'Retries', 'Circuit', 'Spool'], rows),
    ...errors,
  );
}

function ageOf(spool: { readonly oldestUnixMillis?: number | undefined; readonly records: number }, nowMillis: number): string {
  return spool.records === 0 || spool.oldestUnixMillis === undefined
    ? ''
    : `, oldest ${span((nowMillis - spool.oldestUnixMillis) / 1_000)}`;
}

function lanesCard({ health }: ControlStatus, readings: Readings): HTMLElement {
  const rows = Object.entries(health.lanes).map(([lane, each]) => [
    lane,
    rate(readings.now(`lane.${lane}`)),
    count(each.accepted),
    count(each.pending),
    lost(each.droppedTotal),
    count(each.unroutedTotal),
    meter(each.ringFill, `${lane} ring, now`),
    meter(each.ringHighWater, `${lane} ring, at most so far`),
  ]);
  return card(
    'Rings',
    table('Rings', ['Lane', 'Records/s', 'Total', 'Waiting', 'Lost', 'To no backend', 'Fullest now', 'Fullest so far'], rows),
  );
}

function lossesCard({ health }: ControlStatus): HTMLElement {
  const fromRings = Object.entries(health.lanes).flatMap(([lane, { dropped }]) =>
    Object.entries(dropped).flatMap(([level, reasons]) =>
      Object.entries(reasons ?? {}).map(([reason, records]) => [`ring ${lane}`, level, reason, count(records)]),
    ),
  );
  const fromBackends = Object.entries(health.backends).flatMap(([name, { dropped }]) =>
    Object.entries(dropped).map(([reason, records]) => [name, '', reason, count(records)]),
  );
  const measurements = Object.entries(health.metrics.rejected).map(([reason, records]) => [
    'metrics',
    '',
    reason,
    count(records),
  ]);
  const rows = [...fromRings, ...fromBackends, ...measurements];
  return card(
    'Losses since the start',
    rows.length === 0
      ? element('p', { class: 'good' }, 'Nothing was lost.')
      : table('Losses', ['Where', 'Level', 'Reason', 'Records'], rows),
  );
}

function auditCard({ health, timeUnixMillis }: ControlStatus): HTMLElement {
  const { lastSequence, writtenThrough, tree, clock } = health.audit;
  const facts: (readonly [string, string | Node])[] = [
    ['Last event', lastSequence === 0 ? 'none yet' : `number ${count(lastSequence)}`],
    ['Written by callers themselves', count(writtenThrough)],
  ];
  if (tree === undefined) facts.push(['Proof', 'no audit file, so no tree']);
  else {
    const open = tree.lines - tree.checkpointed;
    facts.push(['Lines of this run', count(tree.lines)]);
    facts.push(['Covered by a checkpoint', `${count(tree.checkpointed)}${open > 0 ? `, ${count(open)} to come` : ''}`]);
    facts.push([
      'Last checkpoint',
      tree.checkpointAt === undefined ? 'none yet' : `${span((timeUnixMillis - tree.checkpointAt) / 1_000)} ago`,
    ]);
    facts.push(['Signing', tree.signing]);
    if (tree.cosigned !== undefined) facts.push(['Cosigned by enough witnesses', `${count(tree.cosigned)} lines`]);
    for (const { url, lines } of tree.witnesses ?? []) facts.push([`Witness ${url}`, `${count(lines)} lines`]);
  }
  if (clock !== undefined) facts.push(['Clock', clockText(clock)]);
  return card(
    'Audit trail',
    element(
      'dl',
      { class: 'facts' },
      ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
    ),
  );
}

function clockText({ source, maxErrorMicros, isSynchronised }: NonNullable<ControlStatus['health']['audit']['clock']>): string {
  if (source === 'unknown') return 'nobody could be asked how far it is from UTC';
  const error = maxErrorMicros === undefined ? 'error not known' : `at most ${measured(maxErrorMicros, 'us')} from UTC`;
  return `${error}, by ${source}${isSynchronised === false ? '; not synchronised' : ''}`;
}

function stateOf(state: string): HTMLElement {
  return element('span', { class: `state state-${state}` }, state);
}

function lost(records: number): HTMLElement | string {
  return records > 0 ? element('span', { class: 'lost' }, count(records)) : '0';
}

function meter(share: number, label: string): HTMLElement {
  return element(
    'span',
    { class: 'meter' },
    element('meter', { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 0, value: share, 'aria-label': label }),
    percent(share),
  );
}
