/**
 * The page: head, key figures, and four views of one process.
 */
import { element, setText } from './dom.ts';
import { count, percent, rate, span } from './format.ts';
import { HealthView } from './health-view.ts';
import { LevelsView } from './levels-view.ts';
import { MetricsView } from './metrics-view.ts';
import { Readings } from './readings.ts';
import { RecordsView } from './records-view.ts';
import { Refused, readStatus, setToken, takeToken } from './server.ts';
import { Tabs } from './tabs.ts';
import { themeButton } from './theme.ts';

const READ_MILLIS = 1_000;

const readings = new Readings();
const connection = element('span', { class: 'connection', role: 'status' }, 'connecting');
const name = element('h1', {}, 'hft-otel');
const about = element('p', { class: 'about' });
const figures = {
  records: figure('Records/s'),
  lost: figure('Lost'),
  ring: figure('Fullest ring'),
  backends: figure('Backends'),
  audit: figure('Audit events'),
};

const records = new RecordsView({ onConnection: showConnection, onRefused: askForToken });
const metrics = new MetricsView();
const health = new HealthView();
const levels = new LevelsView();
const tabs = new Tabs(
  [
    { id: 'records', label: 'Records', content: records.root },
    { id: 'metrics', label: 'Metrics', content: metrics.root },
    { id: 'health', label: 'Health', content: health.root },
    { id: 'levels', label: 'Levels', content: levels.root },
  ],
  () => showView(),
);

const tokenForm = makeTokenForm();

document.getElementById('page')!.replaceWith(
  element(
    'header',
    { class: 'head' },
    element('div', { class: 'title' }, name, about),
    connection,
    themeButton(() => {
      metrics.repaint();
      showView();
    }),
  ),
  element(
    'main',
    {},
    tokenForm,
    element('dl', { class: 'figures', 'aria-label': 'Key figures' }, ...Object.values(figures).map(({ root }) => root)),
    tabs.list,
    ...tabs.panels,
  ),
);

takeToken();
records.start();
void read();

async function read(): Promise<void> {
  for (;;) {
    try {
      if (!document.hidden && tokenForm.hidden) {
        readings.add(await readStatus());
        showConnection(true);
        showFigures();
        showView();
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 401) askForToken(error);
      else showConnection(false);
    }
    await new Promise((resolve) => setTimeout(resolve, READ_MILLIS));
  }
}

function showView(): void {
  if (tabs.shown === 'metrics') metrics.update(readings);
  if (tabs.shown === 'health') health.update(readings);
  if (tabs.shown === 'levels') void levels.update();
}

function showFigures(): void {
  const status = readings.last;
  if (status === undefined) return;
  document.title = `${status.service} · hft-otel`;
  setText(name, status.service);
  setText(about, `process ${status.pid}, up ${span(status.uptimeSeconds)}, ${status.environment}, hft-otel ${status.version}`);
  const { lanes, backends, audit } = status.health;
  const lost = [...Object.values(lanes), ...Object.values(backends)].reduce((sum, { droppedTotal }) => sum + droppedTotal, 0);
  const fill = Math.max(...Object.values(lanes).map(({ ringFill }) => ringFill));
  const states = Object.values(backends).map(({ state }) => state);
  const bad = states.filter((state) => state !== 'ok').length;
  figures.records.show(rate(Object.keys(lanes).reduce((sum, lane) => sum + readings.now(`lane.${lane}`), 0)));
  figures.lost.show(count(lost), lost > 0 ? 'bad' : 'good');
  figures.ring.show(percent(fill), fill > 0.8 ? 'bad' : fill > 0.5 ? 'doubtful' : undefined);
  figures.backends.show(
    bad === 0 ? `${states.length} ok` : `${bad} of ${states.length} not ok`,
    states.includes('failed') ? 'bad' : bad > 0 ? 'doubtful' : 'good',
  );
  figures.audit.show(count(audit.lastSequence));
}

function showConnection(isConnected: boolean): void {
  setText(connection, isConnected ? 'live' : 'no answer, trying again');
  connection.classList.toggle('lost-connection', !isConnected);
}

function askForToken({ message }: Refused): void {
  if (!tokenForm.hidden) return;
  setText(connection, 'no access');
  connection.classList.add('lost-connection');
  setText(tokenForm.querySelector('p')!, message);
  tokenForm.hidden = false;
}

function makeTokenForm(): HTMLFormElement {
  const input = element('input', { id: 'token', type: 'password', autocomplete: 'off', required: true });
  return element(
    'form',
    {
      class: 'card token-form',
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault();
        setToken(input.value.trim());
        tokenForm.hidden = true;
        setText(connection, 'connecting');
        records.start();
      },
    },
    element('h2', {}, 'Token'),
    element('p', {}),
    element(
      'div',
      { class: 'toolbar' },
      element('label', { for: 'token', class: 'visually-hidden' }, 'Token'),
      input,
      element('button', { class: 'button primary' }, 'Open'),
    ),
  );
}

function figure(label: string): { readonly root: HTMLElement; show(value: string, mood?: 'good' | 'doubtful' | 'bad'): void } {
  const value = element('dd', {}, '–');
  const root = element('div', { class: 'figure' }, element('dt', {}, label), value);
  return {
    root,
    show(text, mood) {
      setText(value, text);
      root.className = mood === undefined ? 'figure' : `figure ${mood}`;
    },
  };
}
