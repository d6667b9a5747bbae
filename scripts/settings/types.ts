/**
 * The text of src/config/types.ts: the configuration as a user writes it, with a comment for each setting, made from the rows of the settings.
 */
import { SECTIONS } from '../../src/backends/built-in.ts';
import { GENERAL } from '../../src/config/general.ts';
import type { SettingsSection } from '../../src/settings/section.ts';
import { type Setting, variablesOf } from '../../src/settings/setting.ts';

/** Columns of a line. */
const WIDTH = 150;

interface Member {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** What a member's comment says: meaning, what is allowed if its type does not tell, default with unit and origin, limit, environment variables. */
export function commentOf(row: Setting<unknown>): string {
  const { meaning, kind, origin, atLimit } = row;
  const variables = variablesOf(row).map(({ name }) => `\`${name}\``);
  return [
    meaning,
    /^(?:an integer|a number)/.test(kind.expected) ? `Allowed: ${kind.expected}.` : '',
    `Default: ${defaultOf(row)}${origin === undefined ? '' : ` (${origin})`}.`,
    atLimit === undefined ? '' : `At the limit: ${atLimit}.`,
    variables.length === 0 ? '' : `Variables: ${variables.join(', ')}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function defaultOf(row: Setting<unknown>): string {
  if (!('value' in row)) return row.derived;
  const { value, inProduction, unit } = row;
  const said = Array.isArray(value) && value.length > 8 ? 'the list in docs/configuration.md' : `\`${JSON.stringify(value)}\``;
  const production = inProduction === undefined ? '' : `, in production \`${JSON.stringify(inProduction)}\``;
  return `${said}${unit === undefined ? '' : ` ${unit}`}${production}`;
}

const memberOf = (name: string, row: Setting<unknown>): Member => ({ name, type: row.kind.type, comment: commentOf(row) });

const OVERFLOW = Object.entries(GENERAL).flatMap(([path, row]) =>
  path.startsWith('overflow.') ? [`${path.slice('overflow.'.length)} ${(row as unknown as { value: number }).value}`] : [],
);

/** Objects of settings that stand among the general ones, each in front of the first of its rows. */
const GROUPS: Readonly<Record<string, Member>> = {
  service: { name: 'service', type: 'ServiceConfig', comment: 'Name and version of the service.' },
  overflow: {
    name: 'overflow',
    type: 'Partial<Readonly<Record<Level, number>>>',
    comment: `Share of a ring, above 0 and up to 1, that may be filled while records of a level are still taken; must not decrease from the least level to the greatest. Default: ${OVERFLOW.join(', ')}. At the limit: records of that level are dropped and counted (ring_full).`,
  },
  blackBox: {
    name: 'blackBox',
    type: 'BlackBoxConfig',
    comment:
      'The newest records below the logged level, which are kept in memory and sent before an error: see docs/persistence.md.',
  },
  persistence: {
    name: 'persistence',
    type: 'PersistenceConfig',
    comment: 'Memory that outlives the process: see docs/persistence.md.',
  },
  control: {
    name: 'control',
    type: 'ControlConfig',
    comment: 'The socket over which an operator inspects the process: see docs/command.md.',
  },
  page: {
    name: 'page',
    type: 'PageConfig',
    comment: 'The live page, for a browser: see docs/page.md.',
  },
};

function generalMembers(): readonly Member[] {
  const members = Object.entries(GENERAL).flatMap(([path, row]) => {
    const group = path.includes('.') ? path.slice(0, path.indexOf('.')) : undefined;
    return group === undefined ? [memberOf(path, row)] : [GROUPS[group]];
  });
  const backends = { name: 'backends', type: 'BackendsConfig<Own>', comment: 'Where records and metrics go.' };
  return [...new Set([...members, backends])];
}

function membersOf(group: string): readonly Member[] {
  return Object.entries(GENERAL).flatMap(([path, row]) =>
    path.startsWith(`${group}.`) ? [memberOf(path.slice(group.length + 1), row)] : [],
  );
}

const interfaceName = (section: string) => `${section[0].toUpperCase()}${section.slice(1)}Config`;

function block(text: string, indent: string): string {
  if (`${indent}/** ${text} */`.length <= WIDTH) return `${indent}/** ${text} */\n`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && `${indent} * ${line} ${word}`.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function declaration(name: string, comment: string, members: readonly Member[]): string {
  const inner = members.map((member) => `${block(member.comment, '  ')}  readonly ${member.name}?: ${member.type};\n`);
  return `${block(comment, '')}export interface ${name} {\n${inner.join('')}}\n`;
}

/** The interface of a section, behind those of the objects in it. */
function sectionDeclarations({ name, summary, rows, groups = {} }: SettingsSection): readonly string[] {
  const typeOf = (group: string) => `${interfaceName(name).replace(/Config$/, '')}${interfaceName(group)}`;
  const members = Object.entries<Setting<unknown>>(rows).map(([setting, row]) => {
    const group = setting.includes('.') ? setting.slice(0, setting.indexOf('.')) : undefined;
    return group === undefined ? memberOf(setting, row) : { name: group, type: typeOf(group), comment: groups[group] };
  });
  const once = members.filter(({ name: own }, index) => members.findIndex((other) => other.name === own) === index);
  return [
    ...Object.entries(groups).map(([group, comment]) =>
      declaration(
        typeOf(group),
        comment,
        Object.entries<Setting<unknown>>(rows).flatMap(([setting, row]) =>
          setting.startsWith(`${group}.`) ? [memberOf(setting.slice(group.length + 1), row)] : [],
        ),
      ),
    ),
    declaration(interfaceName(name), summary, once),
  ];
}

const BACKENDS_CONFIG = `/** The backends that this package brings, by name. */
export interface BuiltInBackendsConfig {
${SECTIONS.map(({ name }) => `  readonly ${name}?: ${interfaceName(name)};\n`).join('')}}

/**
 * Backends by name. A backend runs if it has a section, unless the section has \`enabled: false\`; docs/configuration.md says what runs if none is named.
 * \`Own\`: names of backends of your own, each with a \`module\`; at most 25 of them. A call of \`configureLogging\` infers them.
 */
export type BackendsConfig<Own extends string = never> = BuiltInBackendsConfig & {
  readonly [Name in Own]?: Name extends keyof BuiltInBackendsConfig ? BuiltInBackendsConfig[Name] : ModuleConfig;
};
`;

/** The whole file. */
export function typesText(): string {
  const used = `${SECTIONS.flatMap(({ rows }) => Object.values(rows)).map(({ kind }) => kind.type)} ${Object.values(GENERAL).map(({ kind }) => kind.type)}`;
  const vocabulary = [
    'DiagnosticLevel',
    'Environment',
    'ExemplarFilter',
    'MetricRule',
    'ModuleConfig',
    'Rotation',
    'RouteRule',
    'SamplingRule',
  ].filter((name) => name === 'ModuleConfig' || used.includes(name));
  return [
    `/**
 * The configuration as a user writes it. Written by \`npm run settings\` from the rows of the settings (config/general.ts, backends/<name>/settings.ts): change
 * those, and run it.
 */
import type { BridgeTarget } from '../contract/bridge-target.ts';
import type { Level, LevelName } from '../record.ts';
import type {
${vocabulary.map((name) => `  ${name},\n`).join('')}} from '../settings/vocabulary.ts';
`,
    ...SECTIONS.flatMap(sectionDeclarations),
    BACKENDS_CONFIG,
    declaration(
      'ServiceConfig',
      'What the process is called in OpenTelemetry: resource attributes of every record and metric.',
      membersOf('service'),
    ),
    declaration('BlackBoxConfig', 'What a thread keeps of records below the level that is written.', membersOf('blackBox')),
    declaration('PersistenceConfig', 'Memory of an instance that outlives the process.', membersOf('persistence')),
    declaration('ControlConfig', 'The socket over which an operator looks into the process.', membersOf('control')),
    declaration('PageConfig', 'The live page: records, metrics, health and levels in a browser.', membersOf('page')),
    declaration(
      'LoggingConfig<Own extends string = never>',
      'Everything is optional. A ConfigError lists all problems at once, before anything is allocated. `Own`: names of backends of your own.',
      generalMembers(),
    ),
  ].join('\n');
}
