/**
 * The comments of src/config/types.ts, which editors show to users: made, like the tables of docs/configuration.md, from the tables of the source.
 */
import { type Default, SETTING_DEFAULTS } from '../../src/config/defaults.ts';
import type { SettingPath } from '../../src/config/kinds/setting-values.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { VARIABLES } from '../../src/config/variables.ts';

/** Interfaces whose members are settings, and where they stand in a configuration. */
const PREFIXES: Readonly<Record<string, string>> = {
  LoggingConfig: '',
  ServiceConfig: 'service.',
  ConsoleConfig: 'backends.console.',
  FileConfig: 'backends.file.',
  AuditConfig: 'backends.audit.',
  PrometheusConfig: 'backends.prometheus.',
  HistogramConfig: 'backends.histogram.',
  OtlpConfig: 'backends.otlp.',
  BridgeConfig: 'backends.bridge.',
  MemoryConfig: 'backends.memory.',
};

/** Columns of a line. */
const WIDTH = 150;

/** What a member's comment says: meaning, what is allowed if its type does not tell, default with unit and origin, limit, environment variables. */
function commentOf(path: SettingPath): string {
  const { meaning, kind } = SETTINGS[path];
  const { origin, atLimit, ...entry }: Default<unknown> = SETTING_DEFAULTS[path];
  const variables = VARIABLES.filter((variable) => variable.path === path).map(({ name }) => `\`${name}\``);
  return [
    meaning,
    /^(?:an integer|a number)/.test(kind.expected) ? `Allowed: ${kind.expected}.` : '',
    `Default: ${defaultOf(entry)}${origin === undefined ? '' : ` (${origin})`}.`,
    atLimit === undefined ? '' : `At the limit: ${atLimit}.`,
    variables.length === 0 ? '' : `Variables: ${variables.join(', ')}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function defaultOf({ value, inProduction, derived, unit }: Default<unknown>): string {
  if (value === undefined) return derived ?? '';
  const said = Array.isArray(value) && value.length > 8 ? 'the list in docs/configuration.md' : `\`${JSON.stringify(value)}\``;
  const production = inProduction === undefined ? '' : `, in production \`${JSON.stringify(inProduction)}\``;
  return `${said}${unit === undefined ? '' : ` ${unit}`}${production}`;
}

function block(text: string): string {
  if (text.length + '  /**  */'.length <= WIDTH) return `  /** ${text} */\n`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]!;
    if (line !== '' && `   * ${line} ${word}`.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return `  /**\n${lines.map((line) => `   * ${line}\n`).join('')}   */\n`;
}

/** The source with the comment of each setting replaced by what it should be. Members that are no settings keep theirs. */
export function withComments(source: string): string {
  return source.replace(/export interface (\w+) \{\n[\s\S]*?\n\}\n/g, (declaration, name: string) => {
    const prefix = PREFIXES[name];
    if (prefix === undefined) return declaration;
    return declaration.replace(/(?: {2}\/\*\*[\s\S]*?\*\/\n)?( {2}readonly (\w+)\?: )/g, (all, member: string, key: string) => {
      const path = `${prefix}${key}` as SettingPath;
      return Object.hasOwn(SETTINGS, path) ? block(commentOf(path)) + member : all;
    });
  });
}
