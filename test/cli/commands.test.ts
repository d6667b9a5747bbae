/**
 * The table of commands says of each what the command says of itself, so help that does not load a command is true.
 */
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { demoCommand } from '../../src/cli/demo-command.ts';

test.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
  '%s: name and summary in the table are its own',
  async (_, entry) => {
    const { name, summary } = await entry.load();
    expect({ name, summary }).toEqual({ name: entry.name, summary: entry.summary });
  },
);

test('names are one word or two, each once; a group has no name of a command', () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z-]+( [a-z-]+)?$/);
  const groups = new Set(names.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0]));
  for (const group of groups) expect(names).not.toContain(group);
});

// test/demo/demo-run.test.ts has the runs that end with these.
test('demo: every exit code that it gives is declared', () => {
  expect(demoCommand.exitCodes).toMatchObject({
    1: expect.stringContaining('have not arrived'),
    130: 'ended by Ctrl-C',
    143: 'ended by SIGTERM',
  });
});
