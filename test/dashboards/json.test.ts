// Dashboards are code; what Grafana reads is the committed JSON. Both are held together here, and to rules a reader relies on.

import { readdirSync, readFileSync } from 'node:fs';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { DASHBOARDS, toJson } from '../../collector-config/dashboards/all.ts';

const FOLDER = new URL('../../collector-config/dashboards/json/', import.meta.url);

test('json holds one file for each dashboard and no other', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(
    Object.keys(DASHBOARDS)
      .map((name) => `${name}.json`)
      .sort(),
  );
});

const built = Object.entries(DASHBOARDS).map(([name, build]) => ({ name, dashboard: build() }));
const uids = built.map(({ dashboard }) => dashboard.uid);

describe.each(built)('$name', ({ name, dashboard }) => {
  const panels = (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');

  test('is committed as its source makes it (write it: node collector-config/dashboards/write.ts)', () => {
    expect(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')).toBe(toJson(dashboard));
  });

  test('every panel says what it shows', () => {
    for (const panel of panels) {
      expect(panel.title, 'title').toMatch(/\S/);
      expect(panel.description?.length ?? 0, `description of ${panel.title}`).toBeGreaterThan(20);
      expect(panel.targets?.length ?? 0, `queries of ${panel.title}`).toBeGreaterThan(0);
    }
    const titles = panels.map((panel) => panel.title);
    expect(titles, 'titles are unique: a page names panels by them').toEqual([...new Set(titles)]);
  });

  test('every number has a unit', () => {
    for (const panel of panels) {
      if (!('fieldConfig' in panel)) continue;
      if (panel.type === 'logs' || panel.type === 'state-timeline') continue;
      const records = panel.type === 'table' && panel.transformations?.some(({ id }) => id === 'extractFields');
      if (records) continue;
      const unit = panel.type === 'heatmap' ? panel.options?.yAxis?.unit : panel.fieldConfig?.defaults.unit;
      expect(unit, `unit of ${panel.title}`).toMatch(/\S/);
    }
  });

  test('panels lie side by side, not on each other, and ids are unique', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels ?? []) {
      for (let x = gridPos!.x; x < gridPos!.x + gridPos!.w; x++) {
        for (let y = gridPos!.y; y < gridPos!.y + gridPos!.h; y++) {
          expect(x, `${title} is within the grid`).toBeLessThan(24);
          expect(cells.has(`${x} ${y}`), `${title} at ${x} ${y}`).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
    const ids = (dashboard.panels ?? []).map((panel) => panel.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('links lead to dashboards that are here', () => {
    const links = panels.flatMap((panel) => ('fieldConfig' in panel ? (panel.fieldConfig?.defaults.links ?? []) : []));
    for (const { url } of links as { url: string }[]) expect(uids).toContain(/^\/d\/([\w-]+)/.exec(url)?.[1]);
  });

  test('queries use no variable that the dashboard does not have', () => {
    const known = new Set(dashboard.templating?.list?.map((variable) => variable.name));
    const text = JSON.stringify([panels.map((panel) => panel.targets), dashboard.templating]);
    const used = [...text.matchAll(/\$(?:\{)?([a-z_]\w*)/gi)].map(([, name]) => name!).filter((name) => !name.startsWith('__'));
    for (const name of used) expect(known, name).toContain(name);
  });
});

test('alerts name dashboards that are here', () => {
  const rules = new URL('../../collector-config/rules/', import.meta.url);
  for (const file of [
    'prometheus/audit.rules.yaml',
    'prometheus/service.rules.yaml',
    'prometheus/collector.rules.yaml',
    'loki/fake/audit.yaml',
  ]) {
    const named = [...readFileSync(new URL(file, rules), 'utf8').matchAll(/dashboard: \/d\/([\w-]+)/g)].map(([, uid]) => uid);
    expect(named.length, file).toBeGreaterThan(0);
    for (const uid of named) expect(uids, file).toContain(uid);
  }
});
