/**
 * docs/command.md says of each command what its help says. `UPDATE_DOCS=1 npx vitest run test/cli/documentation.test.ts` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMON_OPTIONS, type Command } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { FINDING_CODES } from '../../src/cli/doctor/finding.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';

const FILE = new URL('../../docs/command.md', import.meta.url);
const BEGIN = '<!-- commands: written by test/cli/documentation.test.ts -->\n';
const END = '<!-- end -->\n';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function sectionOf({ name, summary, operands, options, notes, exitCodes }: Command): string {
  const usage = operands === undefined ? '' : operands.least === 0 ? ` [${operands.placeholder}]` : ` ${operands.placeholder}`;
  const rows = Object.entries(options).map(([option, { short, placeholder, help, isRepeatable }]) => {
    const spelled = `${short === undefined ? '' : `-${short}, `}--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`;
    return `| \`${cell(spelled)}\` | ${cell(help)}${isRepeatable ? ' (may be repeated)' : ''} |`;
  });
  return [
    `### hft-otel ${name}`,
    '',
    `${summary[0].toUpperCase()}${summary.slice(1)}.`,
    '',
    `    hft-otel ${name} [options]${usage}`,
    '',
    ...(operands === undefined ? [] : [`\`${operands.placeholder}\`: ${operands.help}.`, '']),
    ...(rows.length === 0 ? [] : ['| option | |', '|---|---|', ...rows, '']),
    ...(notes.length === 0 ? [] : [...notes, '']),
    '| exit code | |',
    '|---|---|',
    ...Object.entries({ ...EXIT_CODES, ...exitCodes }).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
    '',
  ].join('\n');
}

test('every command, option and exit code is documented as the command itself has it', async () => {
  const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
  const common = Object.entries(COMMON_OPTIONS).map(([option, { short, help }]) => `\`-${short}\`, \`--${option}\`: ${help}.`);
  const wanted = `${BEGIN}\nEvery command has ${common.join(' ').replace(/\.$/, '')}.\n\n${commands.map(sectionOf).join('\n')}\n${END}`;
  const text = readFileSync(FILE, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END) + END.length;
  expect(begin).toBeGreaterThan(0);
  if (process.env.UPDATE_DOCS !== undefined) writeFileSync(FILE, text.slice(0, begin) + wanted + text.slice(end));
  else expect(text.slice(begin, end), 'run UPDATE_DOCS=1 npx vitest run test/cli/documentation.test.ts').toBe(wanted);
});

test('every code of a finding is documented', () => {
  const text = readFileSync(FILE, 'utf8');
  for (const [code, meaning] of Object.entries(FINDING_CODES)) expect(text).toContain(`| \`${code}\` | ${meaning} |\n`);
});
